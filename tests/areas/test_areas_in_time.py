"""The crosswalk of area codes, and loading a county's own table."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from xiantong.areas import (
    AreaFileError,
    compare_areas,
    crosswalk,
    read_area_table,
    write_areas,
)
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Area, AreaChange

NEW_YEAR = date(2024, 1, 1)
A, B, C, D = (f"98012100{n}000" for n in range(1, 5))


def change(code: str, successor: str, day: str, share: str = "1") -> AreaChange:
    return AreaChange(
        area_code=code,
        successor_code=successor,
        changed_on=date.fromisoformat(day),
        kind="merge",
        share=Decimal(share),
    )


def test_crosswalk_follows_a_code_over_several_changes() -> None:
    found = crosswalk([change(A, B, "2021-01-01"), change(B, C, "2024-01-01")])
    assert [(s.area_code, s.successor_code, str(s.changed_on)) for s in found] == [
        (A, B, "2021-01-01"),
        (A, C, "2024-01-01"),
        (B, C, "2024-01-01"),
    ]


def test_split_area_that_comes_together_again_counts_whole() -> None:
    found = crosswalk(
        [
            change(A, B, "2021-01-01", "0.4"),
            change(A, C, "2021-01-01", "0.6"),
            change(B, D, "2023-01-01"),
            change(C, D, "2023-01-01"),
        ]
    )
    assert {s.successor_code: s.share for s in found if s.area_code == A} == {
        B: Decimal("0.4"),
        C: Decimal("0.6"),
        D: Decimal("1.0"),
    }


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ([change(A, B, "2021-01-01", "0.4")], "add up to 0.4"),
        ([change(A, B, "2021-01-01"), change(B, A, "2022-01-01")], "follows itself"),
    ],
)
def test_wrong_crosswalk_is_refused(changes: list[AreaChange], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        crosswalk(changes)


def area(code: str, name: str, since: date = date(2020, 1, 1), **more: object) -> Area:
    level = "county" if code.endswith("000000") else "township" if code.endswith("000") else "village"  # fmt: skip
    return Area.model_validate(
        {"area_code": code, "area_name": name, "area_level": level, "valid_from": since} | more
    )


def table(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    """A table as the bureau hands it out: a title, then the header."""
    header = [("青澧县统计用区划代码表", "", ""), ("统计用区划代码", "城乡分类代码", "名　称")]
    frame = pd.DataFrame([*header, *((code, kind, name) for code, name, kind in rows)])
    if path.suffix == ".csv":
        frame.to_csv(path, header=False, index=False, encoding="gb18030")
    else:
        frame.to_excel(path, header=False, index=False)
    return path


@pytest.mark.parametrize("name", ["区划.xlsx", "区划.csv"])
def test_new_table_ends_starts_and_renames_areas(tmp_path: Path, name: str) -> None:
    known = [
        area("980121000000", "青澧县"),
        area(A, "东街道", is_forest_town=True),
        area(B, "西镇"),
        area("980121002200", "西村"),
        area("980122001000", "邻县镇"),
    ]
    path = table(
        tmp_path / name,
        [(A, "东城街道", "111"), (C, "南镇", "121"), ("980121003201", "南村", "220")],
    )
    update = compare_areas(known, read_area_table(path, NEW_YEAR), NEW_YEAR, followed={B})
    assert [a.area_name for a in update.added] == ["南镇", "南村"]
    assert [(b.area_name, n.area_name) for b, n in update.renamed] == [("东街道", "东城街道")]
    assert [a.area_name for a in update.ended] == ["西镇", "西村"]
    assert [a.area_name for a in update.orphans] == ["西村"]
    write_areas(tmp_path / "areas.csv", update.areas)
    read_again = Catalogue(tmp_path)
    in_force = {a.area_name for a in read_again.areas_at(NEW_YEAR)}
    assert in_force == {"青澧县", "东城街道", "南镇", "南村", "邻县镇"}
    assert {a.area_name for a in read_again.areas_at(date(2023, 12, 31))} == {
        "青澧县", "东街道", "西镇", "西村", "邻县镇",
    }  # fmt: skip
    (renamed,) = [a for a in read_again.areas if a.area_name == "东城街道"]
    assert (renamed.is_forest_town, renamed.urban_rural_code) == (True, "111")


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([("98012100100", "短", "111")], "12-digit"),
        ([(A, "一", "111"), (A, "二", "111")], "twice"),
        ([("980121009200", "村", "220")], "980121009000 is missing"),
        ([(A, "一", "999")], "urban-rural"),
    ],
)
def test_wrong_table_is_refused(
    tmp_path: Path, rows: list[tuple[str, str, str]], complaint: str
) -> None:
    with pytest.raises(AreaFileError, match=complaint):
        read_area_table(table(tmp_path / "t.xlsx", rows), NEW_YEAR)


def test_table_without_codes_is_refused(tmp_path: Path) -> None:
    pd.DataFrame([["甲", "乙"]]).to_excel(tmp_path / "t.xlsx", header=False, index=False)
    with pytest.raises(AreaFileError, match="统计用区划代码"):
        read_area_table(tmp_path / "t.xlsx", NEW_YEAR)


def test_csv_may_have_a_title_and_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "areas.csv"
    path.write_text(
        "青澧县统计用区划代码表\n\n统计用区划代码,名称,常住人口\n"
        '980121000000,青澧县,\n980121100000,河口镇,"12,345"\n,,\n',
        encoding="gb18030",
    )

    areas = read_area_table(path, NEW_YEAR)

    assert [(a.area_code, a.resident_population) for a in areas] == [
        ("980121000000", None),
        ("980121100000", 12_345),
    ]


def test_people_that_are_no_number_are_named_with_their_row(tmp_path: Path) -> None:
    path = tmp_path / "areas.csv"
    path.write_text("区划代码,名称,常住人口\n980121100000,河口镇,1.2万\n", encoding="utf-8")

    with pytest.raises(AreaFileError, match=r"row 2: 「1\.2万」"):
        read_area_table(path, NEW_YEAR)
