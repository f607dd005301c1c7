"""Who reports and for which period: what the sender, the form and the file name say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Generic, TypeVar

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract, Reporter
from xiantong.county_time import county_today
from xiantong.delivered import DeliveryFile, Envelope
from xiantong.parsing.cells import plain_text
from xiantong.parsing.found import NOWHERE, FindingList, Place
from xiantong.parsing.reporters import ReporterIndex, reporter_index
from xiantong.parsing.titles import Label, Said, Titles
from xiantong.periods import Frequency, Period, find_period, read_period, written_period

Value = TypeVar("Value")
_SENDER, _JSON, _FILE_NAME, _TABLE = "报送时指定", "envelope", "文件名", "表内报告期列"
_JSON_LABELS = {
    "period": Label.PERIOD, "报告期": Label.PERIOD,
    "reporter_code": Label.REPORTER_CODE, "填报单位代码": Label.REPORTER_CODE,
    "reporter_name": Label.REPORTER, "reporter": Label.REPORTER, "填报单位": Label.REPORTER,
    "filler_name": Label.FILLER, "填表人": Label.FILLER,
    "reviewer_name": Label.REVIEWER, "审核人": Label.REVIEWER,
    "unit_head_name": Label.HEAD, "单位负责人": Label.HEAD,
    "dataset_id": Label.DATASET,
    "unit": Label.UNIT, "计量单位": Label.UNIT,
    "form_no": Label.FORM_NO, "表号": Label.FORM_NO,
}  # fmt: skip
_EXAMPLE = {
    Frequency.MONTHLY: "2023年10月",
    Frequency.EVENT: "2023年10月",
    Frequency.QUARTERLY: "2023年三季度",
    Frequency.SEMESTER: "2023-2024学年第一学期",
    Frequency.ANNUAL: "2023年",
}


@dataclass(frozen=True, slots=True)
class _Claim(Generic[Value]):
    """One reading of the period or the reporter; ``source`` tells a person where it stands."""

    value: Value
    source: str
    text: str
    place: Place = NOWHERE


def titles_of_json(envelope: Mapping[str, Any]) -> Titles:
    """The envelope of a JSON delivery as if it stood above a table."""
    said = []
    for key, value in envelope.items():
        label, text = _JSON_LABELS.get(key), plain_text(value)
        if label and text:
            said.append(Said(label, text, NOWHERE))
    return Titles(said)


class EnvelopeReader:
    """Makes the envelope of one delivery and reports contradictions."""

    def __init__(
        self, source: DeliveryFile, contract: Contract, catalogue: Catalogue, found: FindingList
    ) -> None:
        self.source = source
        self.contract = contract
        self.found = found
        self.reporters: ReporterIndex = reporter_index(catalogue)
        self.sole_reporter = catalogue.sole_reporter(contract)
        self.stem = PurePath(source.name).stem

    def likely_period(self, titles: Titles) -> Period | None:
        """The period before the table is read, without findings; for layouts that changed."""
        if self.source.period:
            return self.source.period
        for said in titles.of(Label.PERIOD):
            if period := read_period(said.value, self.contract.frequency):
                return period
        free = self._free_period(titles)
        return free.value if free else self._file_name_period()

    def read(
        self, titles: Titles, table_periods: Sequence[str] = (), area_codes: Sequence[str] = ()
    ) -> Envelope:
        """``table_periods`` and ``area_codes`` are what the table itself holds, as a last resort."""
        period = self._period(titles, table_periods)
        reporter = self._reporter(titles, area_codes)
        return Envelope(
            submitted_at=self.source.submitted_at,
            period=period,
            reporter_code=reporter.reporter_code if reporter else None,
            reporter_area_code=reporter.area_code if reporter else None,
            reporter_name=reporter.reporter_name if reporter else None,
            filler_name=titles.first(Label.FILLER),
            reviewer_name=titles.first(Label.REVIEWER),
            unit_head_name=titles.first(Label.HEAD),
        )

    # --- period ---------------------------------------------------------------------------------

    def _period(self, titles: Titles, table_periods: Sequence[str]) -> Period | None:
        errors = len(self.found)
        claims = self._period_claims(titles)
        if not claims:
            claims = self._last_resort(titles, table_periods)
        if not claims and len(self.found) > errors:
            return None
        if not claims:
            self.found.error(
                "envelope_period",
                "没有写明报告期",
                f"请在表头填写报告期，如「报告期：{_EXAMPLE[self.contract.frequency]}」",
            )
            return None
        self._report_contradiction("envelope_period", "报告期", claims)
        self._report_future(claims[0])
        return claims[0].value

    def _report_future(self, claim: _Claim[Period]) -> None:
        """Nobody can report a month that has not begun; plans and lists of a year or a term may come
        one period ahead. The clock of the file may be wrong, ours counts."""
        period = claim.value
        may_be_ahead = self.contract.frequency in (Frequency.ANNUAL, Frequency.SEMESTER)
        begins = period.prior.start if may_be_ahead else period.start
        if begins > county_today():
            self.found.error(
                "envelope_period",
                f"报告期「{claim.text}」尚未开始",
                "请核对年份和月份",
                claim.place,
                value=claim.text,
            )

    def _period_claims(self, titles: Titles) -> list[_Claim[Period]]:
        claims = []
        frequency = self.contract.frequency
        if self.source.period:
            period = find_period(self.source.period.label, frequency)
            text = written_period(self.source.period)
            if period:
                claims.append(_Claim(period, _SENDER, text))
            else:
                self._report_unusable_period(text, NOWHERE)
        for said in titles.of(Label.PERIOD):
            period = read_period(said.value, frequency)
            if period:
                claims.append(_Claim(period, _where(said), said.value, said.place))
            else:
                self._report_unusable_period(said.value, said.place)
        named = self._file_name_period()
        if named:
            claims.append(_Claim(named, _FILE_NAME, self.source.name))
        return claims

    def _report_unusable_period(self, text: str, place: Place) -> None:
        self.found.error(
            "envelope_period",
            f"报告期「{text}」不是本表要求的报告期",
            f"请填写为「{_EXAMPLE[self.contract.frequency]}」的形式",
            place,
            value=text,
        )

    def _last_resort(self, titles: Titles, table_periods: Sequence[str]) -> list[_Claim[Period]]:
        free = self._free_period(titles)
        if free:
            return [free]
        periods = {read_period(text, self.contract.frequency) for text in table_periods}
        if len(periods) == 1 and (only := periods.pop()):
            return [_Claim(only, _TABLE, written_period(only))]
        return []

    def _free_period(self, titles: Titles) -> _Claim[Period] | None:
        """A period above the table without a label: the shortest text is the likeliest."""
        for text, place in sorted(titles.free, key=lambda item: len(item[0])):
            if period := find_period(text, self.contract.frequency):
                return _Claim(period, "表头", text, place)
        return None

    def _file_name_period(self) -> Period | None:
        text = self.stem
        for reporter in self.reporters.in_file_name(self.stem, self.contract):
            text = text.replace(reporter.reporter_code, " ")
        return find_period(text, self.contract.frequency)

    # --- reporter -------------------------------------------------------------------------------

    def _reporter(self, titles: Titles, area_codes: Sequence[str]) -> Reporter | None:
        """Whoever is named. Where nobody is, the only one in the county who can have sent it hears
        of it; it is accepted without a name only where no other county's bureau is listed either."""
        errors = len(self.found)
        claims = self._reporter_claims(titles, area_codes)
        if claims:
            self._report_contradiction("envelope_reporter", "填报单位", claims)
            self._report_foreign_reporter(claims[0])
            return claims[0].value
        if len(self.found) > errors:
            return None
        if not self._is_beyond_doubt():
            self.found.error(
                "envelope_reporter",
                "没有写明填报单位",
                "请在表头填写填报单位的全称，如「填报单位：青岭镇人民政府」",
            )
        return self.sole_reporter

    def _reporter_claims(self, titles: Titles, area_codes: Sequence[str]) -> list[_Claim[Reporter]]:
        claims = []
        if self.source.reporter_code:
            claims += self._by_code(self.source.reporter_code, _SENDER, NOWHERE)
        for said in titles.of(Label.REPORTER_CODE):
            claims += self._by_code(said.value, _where(said), said.place)
        for said in titles.of(Label.REPORTER):
            claims += self._by_name(said, area_codes, bool(claims))
        named = self.reporters.in_file_name(self.stem, self.contract)
        if len(named) > 1:
            named = _below(named, area_codes)
        if len(named) == 1:
            claims.append(_Claim(named[0], _FILE_NAME, self.source.name))
        return claims

    def _by_code(self, code: str, source: str, place: Place) -> list[_Claim[Reporter]]:
        reporter = self.reporters.by_code.get(code.strip())
        if reporter:
            return [_Claim(reporter, source, reporter.reporter_name, place)]
        self.found.error(
            "envelope_reporter",
            f"填报单位代码「{code}」不在报送单位名录中",
            "请核对代码；新增单位请先联系县统计部门登记",
            place,
            value=code,
        )
        return []

    def _by_name(
        self, said: Said, area_codes: Sequence[str], known: bool
    ) -> list[_Claim[Reporter]]:
        if said.value in self.reporters.by_code:
            return self._by_code(said.value, _where(said), said.place)
        reporters = self.reporters.named(said.value, self.contract)
        if len(reporters) > 1:
            reporters = _below(reporters, area_codes)
        if len(reporters) == 1:
            return [_Claim(reporters[0], _where(said), said.value, said.place)]
        if known and reporters:
            return []
        if reporters:
            names = "、".join(list(dict.fromkeys(r.reporter_name for r in reporters))[:6])
            message, fix = f"填报单位「{said.value}」可能是：{names}", "请填写单位全称"
        else:
            message = f"填报单位「{said.value}」不在报送单位名录中"
            fix = "请填写单位全称；新增单位请先联系县统计部门登记"
        self.found.error("envelope_reporter", message, fix, said.place, value=said.value)
        return []

    def _report_foreign_reporter(self, claim: _Claim[Reporter]) -> None:
        if not _delivers(claim.value, self.contract):
            self.found.error(
                "envelope_reporter",
                f"填报单位「{claim.text}」不报送本表",
                "请核对填报单位和报表；应报送其他报表的，请放到相应的报送目录",
                claim.place,
                value=claim.text,
            )

    def _is_beyond_doubt(self) -> bool:
        """Whether the department has one bureau, and reports for itself alone."""
        bureaus = [
            r
            for r in self.reporters.by_code.values()
            if r.department == self.contract.id.department and r.kind == "bureau"
        ]
        return len(bureaus) == 1 and self.contract.reporter_kind == "bureau"

    def _report_contradiction(self, kind: str, what: str, claims: Sequence[_Claim[Any]]) -> None:
        first = claims[0]
        other = next((claim for claim in claims if claim.value != first.value), None)
        if other:
            self.found.error(
                kind,
                f"{what}不一致：{first.source}为「{first.text}」，{other.source}为「{other.text}」",
                f"请统一{what}后重新报送",
                other.place if other.place != NOWHERE else first.place,
            )


def _where(said: Said) -> str:
    if said.place == NOWHERE:
        return _JSON
    sheet = f"工作表「{said.place.sheet}」" if said.place.sheet else ""
    return f"{sheet}表头第{said.place.row}行" if said.place.row else f"{sheet}表头"


def _delivers(reporter: Reporter, contract: Contract) -> bool:
    """What a department's bureau owes, no other unit reports; what enterprises or schools owe,
    others may collect for them. Whom the contract leaves out has nothing to report."""
    own = reporter.kind == "bureau" and reporter.department == contract.id.department
    return own or (contract.reporter_kind != "bureau" and not contract.excludes(reporter))


def _below(reporters: Sequence[Reporter], area_codes: Sequence[str]) -> list[Reporter]:
    """Of namesakes the one in whose county all rows lie."""
    counties = {code[:6] for code in area_codes}
    if len(counties) != 1:
        return list(reporters)
    county = counties.pop() + "000000"
    return [r for r in reporters if r.area_code == county] or list(reporters)
