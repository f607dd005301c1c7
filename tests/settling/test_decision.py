from dataclasses import replace
from datetime import datetime

import pytest

from tests.county import CLAIM, NOW, REPORTER, ROSTER, TRAINING, County, error, warning
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Reach, Severity
from xiantong.ledger import DeliveryState, Status

AT = datetime(2023, 11, 3, 9)
ROWS = [{"studio_code": "A"}, {"studio_code": "B"}]


def only(county: County):
    (submission,) = county.ledger.submissions()
    return submission


def test_clean_submission_is_accepted_and_loaded(county: County) -> None:
    checked = county.submit(ROSTER, "2023.xlsx", AT, "2023", ROWS)
    summary = county.settle(ROSTER, checked)
    submission = only(county)
    assert submission.status is Status.ACCEPTED
    assert (submission.revision, submission.row_cnt, submission.accepted_row_cnt) == (1, 2, 2)
    assert submission.accepted_at == NOW
    assert submission.due_at is not None
    assert (
        submission.lake_key == f"lake/education/master_studio/2023/{checked.submission_id}.parquet"
    )
    assert summary.periods == ["2023"]
    assert summary.counts == {"accepted": 1, "returned": 0, "duplicate": 0, "rows": 2}
    assert county.raw(ROSTER, "studio_code, _revision, _period, _reporter_code") == [
        ("A", 1, "2023", REPORTER),
        ("B", 1, "2023", REPORTER),
    ]
    assert county.ledger.waiting() == []


def test_any_error_returns_the_whole_submission(county: County) -> None:
    checked = county.submit(ROSTER, "a.xlsx", AT, "2023", ROWS, [error()])
    summary = county.settle(ROSTER, checked)
    submission = only(county)
    assert (submission.status, submission.error_cnt, submission.lake_key) == (
        Status.RETURNED,
        1,
        None,
    )
    assert submission.accepted_at is None
    assert summary.periods == []
    (recorded,) = county.ledger.findings([submission])
    assert recorded.finding == error()


def test_explanation_that_explains_nothing_is_answered_with_another_return(
    county: County,
) -> None:
    first = county.submit(ROSTER, "a.xlsx", AT, "2023", ROWS, [warning()])
    county.settle(ROSTER, first)
    again = county.submit(
        ROSTER, "b.xlsx", AT, "2023", ROWS, [replace(warning(), explanation="情况属实")]
    )
    county.settle(ROSTER, replace(again, empty_talk=True))
    second = max(county.ledger.submissions(), key=lambda s: s.revision or 0)
    assert (second.status, second.revision) == (Status.RETURNED, 2)
    assert second.return_key is not None
    (recorded,) = county.ledger.findings([second])
    assert recorded.finding.explanation is None
    assert "情况属实" in recorded.finding.fix_zh


def test_returned_submission_has_a_workbook(county: County) -> None:
    delivery = county.deliver(ROSTER, "名师 工作室.xlsx", AT)
    county.settle(ROSTER, county.checked(delivery, "2023", ROWS, [error(row=3)]))
    key = only(county).return_key
    assert key == f"education/master_studio/2023_{REPORTER}_r1_名师-工作室.xlsx"
    assert (county.settings.returns / key).stat().st_size > 1000


def test_name_of_a_return_cannot_leave_its_folder(county: County) -> None:
    delivery = county.deliver(ROSTER, "a.xlsx", AT)
    checked = county.checked(
        delivery, "2023", ROWS, [error()], reporter="../../../etc/x" + "很" * 300
    )
    county.settle(ROSTER, checked)
    key = only(county).return_key
    assert key is not None
    written = (county.settings.returns / key).resolve()
    assert written.is_file()
    assert written.parent == (county.settings.returns / "education/master_studio").resolve()


def test_warning_needs_a_real_explanation(county: County) -> None:
    for day, (explanation, expected) in enumerate(
        [
            (None, Status.RETURNED),
            ("核实无误", Status.RETURNED),
            ("本年新增两个工作室", Status.ACCEPTED),
        ],
        1,
    ):
        at = AT.replace(day=day)
        checked = county.submit(
            ROSTER,
            f"{day}.xlsx",
            at,
            "2023",
            [*ROWS, {"studio_code": str(day)}],
            [warning(explanation=explanation)],
        )
        county.settle(ROSTER, checked)
        assert county.ledger.submissions()[-1].status is expected
    accepted = county.ledger.submissions()[-1]
    assert (accepted.revision, accepted.warning_cnt, accepted.explained_cnt) == (3, 1, 1)
    (recorded,) = county.ledger.findings([accepted])
    assert recorded.finding.explanation == "本年新增两个工作室"


def test_info_never_blocks(county: County) -> None:
    finding = replace(error(), severity=Severity.INFO)
    county.settle(ROSTER, county.submit(ROSTER, "a.xlsx", AT, "2023", ROWS, [finding]))
    assert only(county).status is Status.ACCEPTED


def claims(count: int, first: int = 0) -> list[dict[str, str]]:
    return [{"settlement_no": f"S{number}"} for number in range(first, first + count)]


def test_rows_mode_accepts_the_good_rows_and_gives_the_bad_ones_back(county: County) -> None:
    checked = county.submit(
        CLAIM, "2023-10.csv", AT, "2023-10", claims(97), [error(row=n) for n in (5, 6, 7)],
        row_count=100, bad_row_count=3, good_rows=97,
    )  # fmt: skip
    county.settle(CLAIM, checked)
    submission = only(county)
    assert submission.status is Status.ACCEPTED
    assert (submission.row_cnt, submission.accepted_row_cnt, submission.bad_row_cnt) == (100, 97, 3)
    assert submission.return_key is not None
    assert len(county.raw(CLAIM)) == 97


def test_rows_mode_returns_everything_when_too_many_rows_are_bad(county: County) -> None:
    checked = county.submit(
        CLAIM, "2023-10.csv", AT, "2023-10", claims(90), [error(row=n) for n in range(5, 15)],
        row_count=100, bad_row_count=10, good_rows=90,
    )  # fmt: skip
    county.settle(CLAIM, checked)
    assert only(county).status is Status.RETURNED
    assert only(county).lake_key is None


def test_rows_mode_returns_everything_for_an_error_of_the_whole_file(county: County) -> None:
    checked = county.submit(CLAIM, "a.csv", AT, "2023-10", claims(100), [error(row=None)])
    county.settle(CLAIM, checked)
    assert only(county).status is Status.RETURNED


def test_unknown_period_or_reporter_is_returned_without_revision(county: County) -> None:
    checked = [
        county.submit(ROSTER, "a.xlsx", AT, None, ROWS, [error("r.period", None)]),
        county.submit(ROSTER, "b.xlsx", AT, "2023", ROWS, [error("r.who", None)], reporter=None),
        county.submit(ROSTER, "c.xlsx", AT, None, ROWS, [error("r.both", None)], reporter=None),
        county.submit(ROSTER, "silent.xlsx", AT, None, ROWS),
    ]
    county.settle(ROSTER, *checked)
    submissions = county.ledger.submissions()
    assert [s.status for s in submissions] == [Status.RETURNED] * 4
    assert [s.revision for s in submissions] == [None] * 4
    assert len({s.return_key for s in submissions} - {None}) == 4


def test_nothing_readable_is_returned(county: County) -> None:
    checked = county.submit(ROSTER, "a.xlsx", AT, "2023", [], [error(row=None)], candidate=None)
    county.settle(ROSTER, checked)
    assert only(county).status is Status.RETURNED


def test_revisions_count_in_order_of_delivery_whatever_the_order_of_batches(county: County) -> None:
    checked = [
        county.submit(ROSTER, f"{day}.xlsx", AT.replace(day=day), "2023", [{"studio_code": str(day)}],
                      [error()] if day == 2 else [])
        for day in (3, 1, 2)
    ]  # fmt: skip
    county.settle(ROSTER, *checked)
    found = {s.file_name: (s.revision, s.status.value) for s in county.ledger.submissions()}
    assert found == {
        "1.xlsx": (1, "accepted"),
        "2.xlsx": (2, "returned"),
        "3.xlsx": (3, "accepted"),
    }
    later = county.submit(ROSTER, "4.xlsx", AT.replace(day=4), "2023", [{"studio_code": "4"}])
    county.settle(ROSTER, later)
    assert county.ledger.latest()[0].revision == 4
    assert [row[0] for row in county.raw(ROSTER, "_revision")] == [1, 3, 4]


def test_same_content_as_the_latest_accepted_is_a_duplicate(county: County) -> None:
    first = county.submit(ROSTER, "a.xlsx", AT, "2023", ROWS)
    county.settle(ROSTER, first)
    again = county.submit(ROSTER, "saved again.xlsx", AT.replace(day=5), "2023", ROWS)
    summary = county.settle(ROSTER, again)
    duplicate = county.ledger.submissions(status=Status.DUPLICATE)[0]
    assert duplicate.duplicate_of == first.submission_id
    assert (duplicate.revision, duplicate.return_key, duplicate.lake_key) == (None, None, None)
    assert summary.counts["duplicate"] == 1
    assert len(county.raw(ROSTER)) == 2
    assert county.ledger.waiting() == []


def test_same_bytes_within_one_settling_are_a_duplicate(county: County) -> None:
    checked = [
        county.submit(
            ROSTER, name, AT.replace(day=day), "2023", ROWS, content=b"same", content_digest=""
        )
        for day, name in enumerate(("a.xlsx", "b.xlsx"), 1)
    ]
    county.settle(ROSTER, *checked)
    assert [s.status.value for s in county.ledger.submissions()] == ["duplicate", "accepted"]


def test_return_to_an_earlier_content_is_a_new_revision(county: County) -> None:
    for day, rows in enumerate((ROWS, ROWS[:1], ROWS), 1):
        county.settle(
            ROSTER, county.submit(ROSTER, f"{day}.xlsx", AT.replace(day=day), "2023", rows)
        )
    assert [s.revision for s in county.ledger.submissions()] == [1, 2, 3]


def test_same_content_for_another_period_is_no_duplicate(county: County) -> None:
    for year in ("2022", "2023"):
        county.settle(ROSTER, county.submit(ROSTER, f"{year}.xlsx", AT, year, ROWS))
    assert [s.status.value for s in county.ledger.submissions()] == ["accepted", "accepted"]


def test_returned_content_that_comes_again_unexplained_is_a_duplicate(county: County) -> None:
    for day in (1, 2):
        checked = county.submit(
            ROSTER, f"{day}.xlsx", AT.replace(day=day), "2023", ROWS, [warning()]
        )
        county.settle(ROSTER, checked)
    assert sorted(s.status.value for s in county.ledger.submissions()) == ["duplicate", "returned"]


def test_returned_content_that_comes_again_with_its_explanation_is_accepted(county: County) -> None:
    for day, text in ((1, None), (2, "两所学校合并后重新认定")):
        checked = county.submit(
            ROSTER, f"{day}.xlsx", AT.replace(day=day), "2023", ROWS, [warning(explanation=text)]
        )
        county.settle(ROSTER, checked)
    assert [(s.revision, s.status.value) for s in county.ledger.submissions()] == [
        (1, "returned"),
        (2, "accepted"),
    ]


def test_facts_that_were_accepted_before_are_not_accepted_again(county: County) -> None:
    def rows(*numbers: int) -> list[dict[str, str]]:
        return [{"record_no": f"T{number}"} for number in numbers]

    county.settle(TRAINING, county.submit(TRAINING, "a.csv", AT, "2023-Q3", rows(1, 2)))
    more = [
        county.submit(TRAINING, "b.csv", AT.replace(day=4), "2023-Q3", rows(2, 3)),
        county.submit(TRAINING, "c.csv", AT.replace(day=5), "2023-Q4", rows(3, 4, 5)),
    ]
    county.settle(TRAINING, *more)
    assert [row[0] for row in county.raw(TRAINING, "record_no")] == ["T1", "T2", "T3", "T4", "T5"]
    counts = [(s.row_cnt, s.accepted_row_cnt) for s in county.ledger.submissions()]
    assert counts == [(2, 2), (2, 1), (3, 2)]


def test_fact_with_the_number_of_another_county_is_accepted(county: County) -> None:
    """Both before and in the same settling."""
    other = {"reporter": "980122000000education"}
    rows = [{"record_no": "T1"}, {"record_no": "T2"}]
    county.settle(TRAINING, county.submit(TRAINING, "a.csv", AT, "2023-Q3", rows))
    here = county.submit(TRAINING, "b.csv", AT.replace(day=4), "2023-Q4", rows[:1])
    there = county.submit(TRAINING, "c.csv", AT.replace(day=5), "2023-Q3", rows, **other)
    place = replace(there.envelope, reporter_area_code="980122000000")
    county.settle(TRAINING, here, replace(there, envelope=place))
    assert county.raw(TRAINING, "record_no, _reporter_area_code", order="2, 1") == [
        ("T1", "980121000000"),
        ("T2", "980121000000"),
        ("T1", "980122000000"),
        ("T2", "980122000000"),
    ]


def test_fact_with_a_national_number_is_accepted_from_one_county_only(
    county: County, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = county.contract(TRAINING)
    columns = [
        column.model_copy(update={"reach": Reach.NATIONAL}) if column.key else column
        for column in contract.columns
    ]
    national = contract.model_copy(update={"columns": tuple(columns)})
    monkeypatch.setitem(catalogue.contracts, contract.id, national)
    rows = [{"record_no": "T1"}, {"record_no": "T2"}]
    county.settle(TRAINING, county.submit(TRAINING, "a.csv", AT, "2023-Q3", rows[:1]))
    other = {"reporter": "980122000000education"}
    there = county.submit(TRAINING, "b.csv", AT.replace(day=5), "2023-Q3", rows, **other)
    place = replace(there.envelope, reporter_area_code="980122000000")
    county.settle(TRAINING, replace(there, envelope=place))
    assert county.raw(TRAINING, "record_no, _reporter_area_code", order="1") == [
        ("T1", "980121000000"),
        ("T2", "980122000000"),
    ]


def test_settled_deliveries_wait_no_longer(county: County) -> None:
    checked = county.submit(ROSTER, "a.xlsx", AT, "2023", ROWS)
    assert [d.id for d in county.ledger.pending(checked.dataset)] == [checked.submission_id]
    county.settle(ROSTER, checked)
    assert county.ledger.pending(checked.dataset) == []
    (delivery,) = county.ledger.deliveries([checked.submission_id]).values()
    assert delivery.state is DeliveryState.SETTLED


def test_settling_twice_changes_nothing_and_tells_the_same(county: County) -> None:
    checked = [
        county.submit(ROSTER, "a.xlsx", AT, "2023", ROWS),
        county.submit(ROSTER, "b.xlsx", AT.replace(day=4), "2022", ROWS, [error()]),
    ]
    first = county.settle(ROSTER, *checked)
    submissions = county.ledger.submissions()
    assert county.settle(ROSTER, *checked, now=datetime(2024, 1, 1)) == first
    assert county.ledger.submissions() == submissions


def test_same_file_with_a_new_explanation_beside_it_is_a_new_revision(county: County) -> None:
    def again(day: int, digest: str | None) -> None:
        checked = county.submit(
            ROSTER, "a.xlsx", AT.replace(day=day), "2023", ROWS, content=b"same",
            explanation_digest=digest,
        )  # fmt: skip
        county.settle(ROSTER, checked)

    for day, digest in enumerate(("", "x", "x", None), 1):
        again(day, digest)
    found = sorted(county.ledger.submissions(), key=lambda s: s.submitted_at)
    assert [s.revision for s in found] == [1, 2, None, None]
