"""Periods as people write them, and their arithmetic."""

from datetime import date

import pytest

from xiantong.periods import Frequency, Period, find_period, period_range, read_period


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("报告期：2023年10月", "2023-10"),
        ("2023年1-10月", "2023-10"),
        ("2023年1—9月", "2023-09"),
        ("2023 年三季度", "2023-Q3"),
        ("2023年第三季度", "2023-Q3"),
        ("2023年前三季度", "2023-Q3"),
        ("2023-2024学年第一学期", "2023-S2"),
        ("2023-2024学年第二学期", "2024-S1"),
        ("2023年上半年", "2023-S1"),
        ("2023-10_980121100000.xlsx", "2023-10"),
        ("2023年10月_青岭镇.xlsx", "2023-10"),
        ("２０２３年１０月", "2023-10"),
        ("202310", "2023-10"),
        ("2023年度", "2023"),
        ("2023-Q3", "2023-Q3"),
        ("2023-S2", "2023-S2"),
        ("2023", "2023"),
        ("2023年13月", None),
        ("2023年1月-10月", "2023-10"),
        ("2023年1月至2023年10月", "2023-10"),
        ("2023年1月1日至10月31日", "2023-10"),
        ("2023年10月1日至31日", "2023-10"),
        ("2023年01-10月", "2023-10"),
        ("2023年一至十月", "2023-10"),
        ("二〇二三年十月", "2023-10"),
        ("2023年7-9月", "2023-Q3"),
        ("2023年1-3季度", "2023-Q3"),
        ("2023年一至三季度", "2023-Q3"),
        ("2023年前三个季度", "2023-Q3"),
        ("2023年Ⅲ季度", "2023-Q3"),
        ("2023年9-12月", None),
        ("2023-2024学年上学期", "2023-S2"),
        ("2023-2024学年下学期", "2024-S1"),
        ("2023-2024学年秋季学期", "2023-S2"),
        ("2023-2024学年春季学期", "2024-S1"),
        ("2023-24学年第一学期", "2023-S2"),
        ("2023学年第二学期", "2024-S1"),
        ("2023年春季学期", "2023-S1"),
        ("没有报告期", None),
        ("980121100000", None),
    ],
)
def test_written_period_is_recognised(text: str, label: str | None) -> None:
    found = find_period(text)
    assert (found and found.label) == label


def test_month_at_the_end_of_a_quarter_stands_for_the_quarter() -> None:
    assert find_period("2023年9月", Frequency.QUARTERLY) == Period("2023-Q3")
    assert find_period("2023年8月", Frequency.QUARTERLY) is None


@pytest.mark.parametrize(
    ("text", "quarter", "month"),
    [
        ("2023年上半年", "2023-Q2", "2023-06"),
        ("2023年前三季度", "2023-Q3", "2023-09"),
        ("2023年全年", "2023-Q4", "2023-12"),
        ("2023年三季度", "2023-Q3", None),
        ("2023年", None, None),
    ],
)
def test_window_since_january_stands_for_the_period_in_which_it_ends(
    text: str, quarter: str | None, month: str | None
) -> None:
    found = find_period(text, Frequency.QUARTERLY)
    assert (found and found.label) == quarter
    found = find_period(text, Frequency.MONTHLY)
    assert (found and found.label) == month


@pytest.mark.parametrize(
    "text", ["2023-10-01", "2023-10-31", "2023/10/1", "2023年10月1日", "2023-10-01 00:00:00"]
)
def test_day_in_a_cell_for_the_period_means_its_month(text: str) -> None:
    assert read_period(text, Frequency.MONTHLY) == Period("2023-10")
    assert read_period("2023-09-30", Frequency.QUARTERLY) == Period("2023-Q3")
    assert read_period(f"{text}导出", Frequency.QUARTERLY) is None


def test_event_datasets_are_delivered_by_month() -> None:
    assert find_period("2023年8月", Frequency.EVENT) == Period("2023-08")


@pytest.mark.parametrize(
    ("label", "start", "end", "prior", "last_year"),
    [
        ("2023-01", date(2023, 1, 1), date(2023, 1, 31), "2022-12", "2022-01"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024-01", "2023-02"),
        ("2023-Q1", date(2023, 1, 1), date(2023, 3, 31), "2022-Q4", "2022-Q1"),
        ("2023-S1", date(2023, 2, 1), date(2023, 7, 31), "2022-S2", "2022-S1"),
        ("2023-S2", date(2023, 9, 1), date(2024, 1, 31), "2023-S1", "2022-S2"),
        ("2023", date(2023, 1, 1), date(2023, 12, 31), "2022", "2022"),
    ],
)
def test_period_arithmetic(label: str, start: date, end: date, prior: str, last_year: str) -> None:
    period = Period(label)
    assert (period.start, period.end) == (start, end)
    assert (period.prior.label, period.same_period_last_year.label) == (prior, last_year)


def test_period_of_a_day_contains_it() -> None:
    for frequency in Frequency:
        for day in (date(2023, 1, 15), date(2023, 9, 1), date(2024, 2, 29), date(2023, 12, 31)):
            period = Period.of(day, frequency)
            assert period.start <= day <= period.end


def test_range_holds_every_period_once() -> None:
    labels = [p.label for p in period_range(Period("2022-11"), Period("2023-02"))]
    assert labels == ["2022-11", "2022-12", "2023-01", "2023-02"]


def test_impossible_period_is_refused() -> None:
    with pytest.raises(ValueError, match="2023-13"):
        Period("2023-13")


@pytest.mark.parametrize("label", ["0000", "0000-01", "9999-12", "9999-S2", "２０２３", "2023-13"])
def test_label_without_days_is_no_period(label: str) -> None:
    with pytest.raises(ValueError, match="is not a period"):
        Period(label)
