"""Loads a county's own table of areas and says what it changes.

The statistics bureau hands such tables out as a workbook or CSV with the 12-digit code, the name and
the urban-rural class (统计用区划代码, 城乡分类代码, 名称). Codes: 2 province, 2 prefecture, 2 county,
3 township, 3 village digits; townships 001-099 are subdistricts, 100-199 towns, 200-399 townships,
400-599 other units; villages 001-199 are communities, 200-399 villages (统计用区划代码和城乡划分代码
编制规则).
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from xiantong.contracts.model import Area
from xiantong.whole_files import appearing

_HEADERS = {
    "area_code": ("统计用区划代码", "区划代码", "行政区划代码", "代码", "area_code"),
    "area_name": ("名称", "区划名称", "单位名称", "area_name"),
    "urban_rural_code": ("城乡分类代码", "城乡分类", "urban_rural_code"),
    "resident_population": ("常住人口", "人口", "resident_population"),
}
_NEEDED = ("area_code", "area_name")
_URBAN_RURAL = re.compile(r"1[12][0-9]|2[12][0-9]")
_FIRST_ROWS = 20


class AreaFileError(ValueError):
    """The table cannot be used. The message names the row and what to do."""


@dataclass(frozen=True, slots=True)
class AreaUpdate:
    """What a new table changes. ``areas`` is the complete new list, ended spans included.

    ``orphans`` are ended codes of which nothing says what became of them.
    """

    areas: tuple[Area, ...]
    added: tuple[Area, ...]
    renamed: tuple[tuple[Area, Area], ...]
    ended: tuple[Area, ...]
    orphans: tuple[Area, ...]


def read_area_table(path: Path, valid_from: date) -> list[Area]:
    """Read a workbook or CSV (UTF-8 or GB18030); every area is in force from ``valid_from``.

    Raises ``AreaFileError`` where columns are missing, a code is not one, is there twice, or hangs
    in the air because its township is not in the table.
    """
    table = _cells(path)
    places = _header(table)
    rows = table.iloc[places.pop("row") + 1 :]
    areas = [
        _area(row, places, number, valid_from)
        for number, row in rows.iterrows()
        if not row.isna().all()
    ]
    _check(areas)
    return areas


def compare_areas(
    known: Sequence[Area], table: Sequence[Area], changed_on: date, followed: Iterable[str] = ()
) -> AreaUpdate:
    """Compare the areas in force with a new table of the same counties.

    Codes outside the counties of the table stay as they are. ``followed`` are codes whose
    successors are known. Raises ``AreaFileError`` where the table is older than what it replaces.
    """
    counties = {area.area_code[:6] for area in table}
    new = {area.area_code: area for area in table}
    kept: list[Area] = []
    renamed, ended = [], []
    in_force = {a.area_code: a for a in known if a.valid_to is None}
    for area in known:
        ours = area.area_code[:6] in counties and area.area_code[6:] != "000000"
        if area.valid_to is not None or not ours:
            kept.append(area)
            continue
        if area.valid_from >= changed_on:
            raise AreaFileError(
                f"{area.area_code} {area.area_name} is in force since {area.valid_from}; the new "
                f"table has to be from a later day than that"
            )
        later = new.get(area.area_code)
        if later is not None and later.area_name == area.area_name:
            kept.append(_filled(area, later))
            continue
        kept.append(area.model_copy(update={"valid_to": changed_on}))
        if later is None:
            ended.append(area)
        else:
            renamed.append((area, _filled(later, area)))
    added = [area for code, area in new.items() if code not in in_force]
    successors = set(followed)
    areas = sorted(
        (*kept, *added, *(later for _, later in renamed)), key=lambda a: (a.area_code, a.valid_from)
    )
    return AreaUpdate(
        areas=tuple(areas),
        added=tuple(added),
        renamed=tuple(renamed),
        ended=tuple(ended),
        orphans=tuple(area for area in ended if area.area_code not in successors),
    )


def write_areas(path: Path, areas: Iterable[Area]) -> None:
    """Replace ``areas.csv``."""
    names = list(Area.model_fields)
    with appearing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        for area in areas:
            values = area.model_dump(mode="json")
            writer.writerow([_written(values[name]) for name in names])


def _written(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _filled(area: Area, other: Area) -> Area:
    """``area`` with what only the other row knows."""
    missing = ("urban_rural_code", "resident_population", "is_forest_town")
    update = {n: getattr(other, n) for n in missing if getattr(area, n) is None}
    return area.model_copy(update=update)


def _cells(path: Path) -> pd.DataFrame:
    if path.suffix.lower() in (".xlsx", ".xls"):
        return pd.read_excel(path, header=None, dtype=str, engine="calamine")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            # Not pandas: it wants as many cells in every row as the title above the table has.
            with path.open(encoding=encoding, newline="") as file:
                return pd.DataFrame([[cell or None for cell in row] for row in csv.reader(file)])
        except UnicodeDecodeError:
            continue
    raise AreaFileError(f"{path.name}: neither UTF-8 nor GB18030")


def _header(table: pd.DataFrame) -> dict[str, int]:
    """Places of the columns, and under ``row`` that of the header row."""
    for number in range(min(_FIRST_ROWS, len(table))):
        texts = [_plain(value) for value in table.iloc[number]]
        places = {
            name: next(texts.index(h) for h in headers if h in texts)
            for name, headers in _HEADERS.items()
            if any(h in texts for h in headers)
        }
        if all(name in places for name in _NEEDED):
            return places | {"row": number}
    raise AreaFileError("no header row with 统计用区划代码 and 名称 in the first rows")


def _plain(value: Any) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", str(value)))


def _area(row: pd.Series[Any], places: dict[str, int], number: Any, valid_from: date) -> Area:
    def cell(name: str) -> str | None:
        value = row.iloc[places[name]] if name in places else None
        return None if value is None or pd.isna(value) else _plain(value) or None

    code, name = cell("area_code") or "", cell("area_name")
    if not re.fullmatch(r"\d{12}", code) or name is None:
        raise AreaFileError(
            f"row {int(number) + 1}: 「{code}」 is not a 12-digit area code with a name; store the "
            f"column as text"
        )
    kind, people = cell("urban_rural_code"), (cell("resident_population") or "").replace(",", "")
    if kind is not None and not _URBAN_RURAL.fullmatch(kind):
        raise AreaFileError(f"row {int(number) + 1}: 「{kind}」 is no urban-rural class")
    if people and not re.fullmatch(r"[0-9]{1,12}", people):
        raise AreaFileError(f"row {int(number) + 1}: 「{people}」 is no number of people")
    return Area(
        area_code=code,
        area_name=name,
        area_level=_level(code),
        parent_code=_parent(code),
        urban_rural_code=kind,
        resident_population=int(people) if people else None,
        valid_from=valid_from,
    )


def _level(code: str) -> Any:
    if code.endswith("0000000000"):
        return "province"
    if code.endswith("00000000"):
        return "prefecture"
    if code.endswith("000000"):
        return "county"
    return "township" if code.endswith("000") else "village"


def _parent(code: str) -> str | None:
    kept = {"province": 0, "prefecture": 2, "county": 4, "township": 6, "village": 9}[_level(code)]
    return code[:kept].ljust(12, "0") if kept else None


def _check(areas: Sequence[Area]) -> None:
    if not areas:
        raise AreaFileError("the table has no areas")
    known = Counter(area.area_code for area in areas)
    code, count = known.most_common(1)[0]
    if count > 1:
        raise AreaFileError(f"{code} is in the table twice")
    for area in areas:
        if area.area_level == "village" and area.parent_code not in known:
            raise AreaFileError(
                f"{area.area_code} {area.area_name}: its township {area.parent_code} is missing"
            )
