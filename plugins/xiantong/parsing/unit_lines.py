"""Which factor each numeric column of a form is multiplied with."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from xiantong.contracts.model import Column
from xiantong.parsing.found import FindingList, Place
from xiantong.parsing.table import TableReader
from xiantong.parsing.titles import Label, Said, Titles
from xiantong.parsing.units import Unit, comparable, factor, find_unit, same_text, split_line

_ONE = Decimal(1)


def delivered_factors(
    table: TableReader, titles: Titles, everywhere: Titles, found: FindingList
) -> Mapping[str, Decimal]:
    """Column -> factor from the delivered to the stored unit, for all numeric columns of a table.

    The bracket of a header comes first, then a row of units below the header, then 计量单位 above
    the table; that line concerns the columns that measure the same thing.
    """
    said = titles.of(Label.UNIT) or everywhere.of(Label.UNIT)
    line = _form_units(said, table, found)
    by_name = {cell.column for cell in table.header.cells if cell.by_name}
    brackets = {cell.column: cell.unit for cell in table.header.cells if cell.column and cell.unit}
    _report_useless_units(line, table, found)
    factors = {}
    for name, column in table.columns.items():
        if not column.is_numeric or column.unit is None:
            continue
        own = brackets.get(name) or table.units.get(name)
        if own:
            factors[name] = _own_factor(column, own, table, found)
        elif name not in by_name:
            factors[name] = _line_factor(column, line, table, found)
    return factors


def _own_factor(column: Column, text: str, table: TableReader, found: FindingList) -> Decimal:
    """Factor for a unit that stands in the column's own header."""
    assert column.unit is not None
    stored, delivered = find_unit(column.unit), find_unit(text)
    if same_text(text, column.unit) or stored is None:
        return _ONE
    if delivered is None or not comparable(delivered, stored):
        found.error(
            "unit",
            f"「{column.header_zh}」的单位「{text}」{'无法识别' if delivered is None else '不适用'}，应为{column.unit}",
            f"请按{column.unit}填写，或改用可换算的单位",
            table.place(_header_row(table), column.name),
            column,
            text,
        )
        return _ONE
    return factor(delivered, stored)


def _header_row(table: TableReader) -> int | None:
    numbers = table.sheet.head.numbers
    return numbers[table.header.end - 1] if table.header.end <= len(numbers) else None


def _form_units(
    said: list[Said], table: TableReader, found: FindingList
) -> list[tuple[Unit, Place]]:
    units = []
    for line in said:
        for text in split_line(line.value):
            unit = find_unit(text)
            if unit:
                units.append((unit, line.place))
            elif not any(c.unit and same_text(text, c.unit) for c in table.contract.columns):
                found.error(
                    "unit",
                    f"计量单位「{text}」无法识别",
                    "请填写规范的计量单位，如万元、亩、吨",
                    line.place,
                    value=text,
                )
    return units


def _report_useless_units(
    units: list[tuple[Unit, Place]], table: TableReader, found: FindingList
) -> None:
    """A 计量单位 line that fits no column: nobody can tell what the numbers are.

    Columns that were left out count: a form keeps its printed unit when its one money column,
    which is not required, is missing.
    """
    stored = [unit for c in table.contract.columns if c.unit and (unit := find_unit(c.unit))]
    if not units or not stored:
        return
    if not any(comparable(unit, known) for unit, _ in units for known in stored):
        found.error("unit", "计量单位不适用于本表的任何一列", "请核对表头的计量单位", units[0][1])


def _line_factor(
    column: Column, units: list[tuple[Unit, Place]], table: TableReader, found: FindingList
) -> Decimal:
    """Factor for the form's 计量单位; two units of one kind must include the stored one."""
    stored = find_unit(column.unit or "")
    if stored is None:
        return _ONE
    sizes = {
        unit.size: place
        for unit, place in units
        if unit.dimension == stored.dimension and not _means_the_land(unit, stored, table)
    }
    if not sizes or stored.size in sizes:
        return _ONE
    if len(sizes) > 1:
        found.error(
            "unit",
            f"计量单位有多个，无法确定「{column.header_zh}」按哪个单位填写",
            "请在列名后用括号注明单位",
            next(iter(sizes.values())),
            column,
        )
        return _ONE
    return factor(Unit(stored.dimension, next(iter(sizes))), stored)


def _means_the_land(unit: Unit, stored: Unit, table: TableReader) -> bool:
    """Land and the floor space of the buildings on it stand side by side: a line in 亩 or 公顷
    concerns the land, and the column in 平方米 stays what it is."""
    land, floor = find_unit("亩"), find_unit("平方米")
    if land is None or stored != floor or unit.dimension != land.dimension:
        return False
    beside_land = any(c.unit and find_unit(c.unit) == land for c in table.contract.columns)
    return beside_land and unit.size >= land.size
