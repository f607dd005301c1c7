"""Veterans who are cared for, honour facilities, and petitions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from xiantong.periods import Period
from xiantong.sample.by_township import by_township
from xiantong.sample.chance import between, money, pick
from xiantong.sample.county import County, day_in
from xiantong.sample.department import Department
from xiantong.sample.people import citizen_id
from xiantong.sample.residents import Resident, residents, some
from xiantong.sample.rule_breaks import Add, Before
from xiantong.sample.table import Row, Table

_OLD = (date(1928, 1, 1), date(1959, 12, 31))
_YOUNG = (date(1976, 1, 1), date(1998, 12, 31))
# kind of service: people on the list, their births, services a month, benefit a month
_SERVICES = {
    "CENTRAL_CARE": (54, _OLD, (20, 31), (1_450, 1_900)),
    "HEALTH": (60, _OLD, (1, 4), None),
    "BENEFIT": (120, _OLD, (0, 1), (680, 1_860)),
    "JOB": (42, _YOUNG, (1, 3), None),
    "LEGAL": (9, _YOUNG, (1, 2), None),
    "FUNERAL": (6, _OLD, (1, 2), (2_000, 5_000)),
}
# code, name, kind, capacity, built in the first quarter, built in a quarter, used, used in a quarter, million yuan
_FACILITIES = (
    ("GR01", "县光荣院", "REST_HOME", 80, 80, 0, 41, 1, 1_860),
    ("GR02", "河口光荣院", "REST_HOME", 36, 36, 0, 19, 0, 640),
    ("GM01", "县军人公墓", "CEMETERY", 1_000, 410, 52, 96, 14, 2_350),
    ("LS01", "县烈士陵园", "MEMORIAL", 320, 320, 0, 286, 0, 980),
    ("LS02", "青岭烈士纪念碑", "MEMORIAL", 60, 60, 0, 52, 0, 120),
)  # fmt: skip
_SITES = (0, 2, 6, 0, 6)  # townships of the facilities
_PETITION_DAYS = 60


@dataclass(frozen=True, slots=True)
class Petition:
    """A matter, with the day on which it is closed in the end."""

    number: int
    petitioner: str
    kind: str
    accepted: date
    due: date
    closed: date
    escalated: bool
    mediated: bool
    risk: str


def beneficiary(county: County, period: Period) -> Table:
    """Recipients by kind of service; a few leave every month and others come."""
    rows: list[Row] = []
    remarks = {}
    for kind in _SERVICES:
        for person in county.once(_recipients, kind):
            if some(county, "veteran-away", kind, person.number, period, share=0.03):
                continue
            row = _recipient(county, period, kind, person)
            if row["service_cnt"] == 0 and not row["benefit_yuan"]:
                remarks[len(rows)] = "本人随子女外出居住，当月暂停上门，下月恢复"
            rows.append(row)
    return Table(rows, remarks)


def _recipients(county: County, kind: str) -> list[Resident]:
    count, born, _, _ = _SERVICES[kind]
    return residents(county, f"veteran-{kind}", count, born, men=0.96)


def _recipient(county: County, period: Period, kind: str, person: Resident) -> Row:
    rng = county.chance.of("veteran", kind, person.number, period)
    fixed = county.chance.of("veteran", kind, person.number)
    _, _, services, benefit = _SERVICES[kind]
    rises = 1 + 0.05 * (period.year - 2022)
    home = county.townships[_SITES[0 if fixed.random() < 0.65 else 1]].area_code
    admitted = day_in(fixed, date(2012, 1, 1), date(2021, 12, 20))
    return {
        "veteran_id_no": person.id_no,
        "veteran_name": person.name,
        "area_code": home if kind == "CENTRAL_CARE" else person.area_code,
        "service_kind": kind,
        "age": person.age(period.end),
        "is_key_person": bool(fixed.random() < 0.04),
        "service_cnt": 0 if kind == "HEALTH" and rng.random() < 0.02 else between(rng, *services),
        "benefit_yuan": money(between(fixed, *benefit) * rises) if benefit else None,
        "admitted_date": admitted if kind == "CENTRAL_CARE" else None,
        "satisfaction": pick(rng, ("VERY_GOOD", "GOOD", "NORMAL"), (52, 42, 6)) if rng.random() < 0.4 else None,
    }  # fmt: skip


def honour_facility(county: County, period: Period) -> Table:
    """Rest homes, the military cemetery that is being built, and memorials."""
    quarters = (period.year - 2022) * 4 + period.ordinal - 1
    rows: list[Row] = []
    for site, (code, name, kind, capacity, built, pace, used, more, invested) in zip(
        _SITES, _FACILITIES, strict=True
    ):
        done = min(capacity, built + pace * quarters)
        taken = min(done, used + more * quarters)
        rows.append({
            "facility_code": f"{county.area.area_code[:6]}{code}",
            "facility_name": f"{county.short_name}{name}",
            "facility_kind": kind,
            "area_code": county.townships[site].area_code,
            "capacity_cnt": capacity,
            "used_cnt": taken,
            "reserved_cnt": round(capacity * 0.05) if kind == "CEMETERY" else None,
            "free_use_cnt": round(taken * 0.7) if kind == "CEMETERY" else taken,
            "built_cnt": done,
            "invest_wan": money(invested * (0.45 + 0.55 * done / capacity)),
        })  # fmt: skip
    return Table(rows)


def petitions(county: County, year: int, month: int) -> list[Petition]:
    """Matters accepted in one month."""
    period = Period(f"{year}-{month:02d}")
    rng = county.chance.of("petitions", period)
    made = []
    for number in range(between(rng, 6, 11)):
        accepted = day_in(rng, period.start, period.end)
        due = accepted + timedelta(days=_PETITION_DAYS)
        late = rng.random() < 0.05
        days = between(rng, 62, 100) if late else between(rng, 4, 56)
        born = day_in(rng, date(1948, 1, 1), date(1995, 12, 31))
        made.append(
            Petition(
                number=number + 1,
                petitioner=citizen_id(county.area.area_code, born, between(rng, 1, 499) * 2 - 1),
                kind=pick(rng, ("BENEFIT", "JOB", "HOUSING", "MEDICAL", "OTHER"), (44, 22, 10, 16, 8)),
                accepted=accepted,
                due=due,
                closed=accepted + timedelta(days=days),
                escalated=bool(rng.random() < 0.035),
                mediated=bool(rng.random() < 0.62),
                risk=pick(rng, ("LOW", "MEDIUM", "HIGH"), (76, 20, 4)),
            )
        )  # fmt: skip
    return made


def petition_case(county: County, period: Period) -> Table:
    """New matters of the month, those closed in it, and those that have become overdue."""
    known: list[tuple[Period, Petition]] = []
    month = max(county.first, period.prior.prior.prior.prior)
    while month <= period:
        known += [(month, p) for p in county.once(petitions, month.year, month.ordinal)]
        month = month.shift(1)
    rows: list[Row] = []
    remarks = {}
    for accepted_in, petition in known:
        is_new, closes = accepted_in == period, period.start <= petition.closed <= period.end
        overdue = petition.due < period.end < petition.closed
        if not (is_new or closes or overdue):
            continue
        if overdue:
            remarks[len(rows)] = "当事人对安置方案有异议，正会同人社部门补充材料，预计下月办结"
        rows.append(_petition(accepted_in, petition, period.end))
    escalated = [n for n, row in enumerate(rows) if row["is_escalated"]]
    if len(escalated) > 0.2 * len(rows):
        remarks |= dict.fromkeys(escalated, "到市里反映待遇核定问题，已由县领导接访并落实包案")
    return Table(rows, remarks)


def _petition(accepted_in: Period, petition: Petition, day: date) -> Row:
    closed = petition.closed <= day
    return {
        "case_no": f"XF{accepted_in.label.replace('-', '')}{petition.number:03d}",
        "petitioner_id_no": petition.petitioner,
        "petition_kind": petition.kind,
        "accept_date": petition.accepted,
        "due_date": petition.due,
        "close_date": petition.closed if closed else None,
        "is_escalated": petition.escalated,
        "is_mediated": petition.mediated if closed else None,
        "risk_level": petition.risk,
    }


DEPARTMENT = Department(
    makers={
        "honour_facility": honour_facility,
        "petition_case": petition_case,
    },
    by_reporter={"beneficiary": by_township("veterans.beneficiary", beneficiary, 3)},
    totals={
        "beneficiary": ("service_cnt", "benefit_yuan"),
        "honour_facility": ("invest_wan",),
    },
    breaks={
        "honour_facility": Add("used_cnt", 2_000),
        "petition_case": Before("close_date", "accept_date", 5),
        "beneficiary": Add("age", 90),
    },
)
