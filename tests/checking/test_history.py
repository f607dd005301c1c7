"""Only what is accepted is an earlier period, whether it came before or in the same batch."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from tests.checking.conftest import Desk, Row, rules_of
from xiantong.delivered import Explanation
from xiantong.findings import CheckedSubmission, Finding
from xiantong.parsing.model import ParsedDelivery

FUEL = "energy.fuel_consumption"
METER = "energy.meter_reading"
ENTITY = "market_regulation.market_entity"
USCC = "91350100M000100Y43"
CODES = ("原煤", "洗精煤", "焦炭", "汽油", "柴油", "燃料油", "天然气", "液化石油气")


def fuel(code: str, month: int, **changes: str | None) -> Row:
    row: Row = {
        "uscc": USCC, "energy_code": code, "stock_start_qty": "70", "purchase_qty": "100",
        "consume_qty": "100", "consume_ytd_qty": str(100 * month), "stock_end_qty": "70",
    }  # fmt: skip
    return row | changes


def month_of(desk: Desk, month: int, *rows: Row, **options: object) -> ParsedDelivery:
    return desk.delivery(FUEL, f"2023-{month:02d}", rows, **options)  # type: ignore[arg-type]


def one_by_one(desk: Desk, *deliveries: ParsedDelivery) -> list[CheckedSubmission]:
    """Each delivery in a round of its own, in this order."""
    checked = []
    for number, delivery in enumerate(deliveries, start=1):
        (result,) = desk.check(delivery)
        checked.append(result)
        if desk.accepts(result):
            desk.accept(result, revision=number)
    return checked


def found(checked: list[CheckedSubmission]) -> list[tuple[Finding, ...]]:
    return [c.findings for c in checked]


def few(month: int) -> list[Row]:
    return [fuel(code, month) for code in CODES[:2]]


def broken_and_long(month: int) -> list[Row]:
    """Far more rows than ``few``, one of them wrong."""
    rows = [fuel(code, month) for code in CODES]
    rows[-1] = fuel(CODES[-1], month, purchase_qty="很多")
    return rows


def test_returned_period_of_the_batch_raises_nothing_in_the_next(desk: Desk) -> None:
    first, second = month_of(desk, 2, *broken_and_long(2)), month_of(desk, 3, *few(3))
    together = desk.check(first, second)
    assert set(rules_of(together[0])) == {"auto_numeric_purchase_qty"}
    assert rules_of(together[1]) == {}
    assert found(together) == found(one_by_one(desk, first, second))


def test_returned_period_of_the_batch_hides_nothing_of_what_was_accepted_before(desk: Desk) -> None:
    """The correction of February goes back, so March is still compared with the accepted February."""
    accepted = [fuel(code, 2) for code in CODES]
    desk.accept(*desk.check(month_of(desk, 2, *accepted)))
    worse = few(2)
    worse[0]["purchase_qty"] = "很多"
    first, second = month_of(desk, 2, *worse), month_of(desk, 3, *few(3))
    together = desk.check(first, second)
    assert rules_of(together[1]) == {"auto_rowcount": [None]}
    assert together[1].findings[0].message_zh == "行数2与上期8相差超过30%，请核实是否漏报"
    assert found(together) == found(one_by_one(desk, first, second))


def test_rule_that_looks_back_may_itself_send_back_what_the_next_period_is_compared_with(
    desk: Desk,
) -> None:
    """January stands; February breaks the chain of stocks and goes back; March follows nothing."""
    months = [
        month_of(desk, 1, *few(1)),
        month_of(desk, 2, *(r | {"stock_start_qty": "60", "stock_end_qty": "60"} for r in few(2))),
        month_of(desk, 3, *few(3)),
        month_of(desk, 4, *(r | {"consume_ytd_qty": "999"} for r in few(4))),
    ]
    together = desk.check(*reversed(months))[::-1]
    assert [set(rules_of(c)) for c in together] == [set(), {"stock_chain"}, set(), {"ytd_chain"}]
    assert found(together) == found(one_by_one(desk, *months))


@pytest.mark.parametrize(
    ("text", "march"), [("两家用户停产检修，煤种减少", {"auto_rowcount"}), (None, set())]
)
def test_explained_oddity_is_accepted_and_compared_with(
    desk: Desk, text: str | None, march: set[str]
) -> None:
    said = [Explanation(text, f"{FUEL}.auto_rowcount")] if text else []
    months = [
        month_of(desk, 1, *(fuel(code, 1) for code in CODES)),
        month_of(desk, 2, *few(2), explanations=said),
        month_of(desk, 3, *(fuel(code, 3) for code in CODES)),
    ]
    together = desk.check(*months)
    assert [set(rules_of(c)) for c in together] == [set(), {"auto_rowcount"}, march]
    assert found(together) == found(one_by_one(desk, *months))


def test_last_accepted_revision_of_the_batch_counts(desk: Desk) -> None:
    """Three files for February: a good one, a corrected one, and a last one that goes back."""
    early, later, last = (datetime(2026, 1, day) for day in (1, 2, 3))
    good = month_of(desk, 2, *few(2), submitted_at=early)
    corrected = [r | {"stock_end_qty": "80", "purchase_qty": "110"} for r in few(2)]
    better = month_of(desk, 2, *corrected, submitted_at=later)
    broken = month_of(desk, 2, *broken_and_long(2), submitted_at=last)
    march = month_of(
        desk, 3, *(r | {"stock_start_qty": "80", "stock_end_qty": "80"} for r in few(3))
    )
    together = desk.check(march, broken, better, good)[::-1]
    assert [set(rules_of(c)) for c in together] == [
        set(),
        set(),
        {"auto_numeric_purchase_qty"},
        set(),
    ]
    assert found(together) == found(one_by_one(desk, good, better, broken, march))


def test_period_that_settling_refuses_for_other_reasons_is_no_earlier_period(desk: Desk) -> None:
    first = month_of(desk, 2, *(fuel(code, 2) for code in CODES))
    second = month_of(desk, 3, *few(3))
    assert set(rules_of(desk.check(first, second)[1])) == {"auto_rowcount"}
    closed = desk.check(first, second, accepts=lambda c: str(c.envelope.period) != "2023-02")
    assert [rules_of(c) for c in closed] == [{}, {}]


def entity(status: str, **changes: str | None) -> Row:
    row: Row = {
        "uscc": USCC, "entity_name": "青澧县某某公司", "entity_type": "企业", "industry_code": "C3021",
        "found_date": "2020-01-01", "reg_status": status, "status_date": "2023-01-01",
        "area_code": "980121001000",
    }  # fmt: skip
    return row | changes


@pytest.mark.parametrize(
    ("cancelled", "expected"), [({}, {"revive"}), ({"found_date": "去年"}, set())]
)
def test_upsert_is_compared_with_accepted_versions_only(
    desk: Desk, cancelled: Row, expected: set[str]
) -> None:
    first = desk.delivery(ENTITY, "2023-01", [entity("注销", **cancelled)])
    second = desk.delivery(ENTITY, "2023-02", [entity("存续")])
    together = desk.check(first, second)
    assert set(rules_of(together[1])) == expected
    assert found(together) == found(one_by_one(desk, first, second))


def reading(meter: str, day: str, start: str, end: str, **changes: str | None) -> Row:
    row: Row = {
        "meter_code": meter, "reading_date": day, "uscc": USCC, "energy_code": "ELEC",
        "start_reading": start, "end_reading": end, "multiplier": "1", "direction": "PURCHASE",
        "consumption": str(Decimal(end) - Decimal(start)), "quality_flag": "GOOD",
    }  # fmt: skip
    return row | changes


@pytest.mark.parametrize("fused", [True, False])
def test_rows_that_go_back_are_no_history(desk: Desk, fused: bool) -> None:
    """Under the acceptance mode ``rows`` the bad rows of an accepted month are not compared with."""
    september = [
        reading(f"M{n:02d}", f"2023-09-{day:02d}", str(10 * day), str(10 * day + 10))
        for n in range(3)
        for day in range(1, 31)
    ]
    september[5] |= {"consumption": "9999999"}  # a consumption that its readings deny
    october = [
        reading(f"M{n:02d}", f"2023-10-{day:02d}", str(10 * day), str(10 * day + 10))
        for n in range(3)
        for day in range(1, 32)
    ]
    october[30] |= {"end_reading": "1310", "consumption": "1000"}
    first = desk.delivery(METER, "2023-09", september)
    second = desk.delivery(METER, "2023-10", october)
    together = desk.check(first, second, fused=fused)
    alone = one_by_one(desk, first, second)
    assert together[0].bad_row_count == 1 and together[0].candidate
    assert "spike" in rules_of(together[1])
    assert found(together) == found(alone)
    assert [c.rule_counts for c in together] == [c.rule_counts for c in alone]
    assert [c.good_rows for c in together] == [c.good_rows for c in alone]
