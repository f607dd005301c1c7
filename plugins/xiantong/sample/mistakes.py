"""The mistakes that people make in such files: varied, believable, and each an error of its contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import numpy as np

from xiantong.contracts.model import Column, Contract, Delivery, Kind
from xiantong.sample.chance import between, pick
from xiantong.sample.department import Department
from xiantong.sample.departments import department
from xiantong.sample.locked import cut_off, lock
from xiantong.sample.sheet import CellError, Number, Raw, Sheet, is_form

Spoil = Callable[[Sheet, np.random.Generator], bool]
Damage = Callable[[bytes, np.random.Generator], bytes]


@dataclass(frozen=True)
class Mistake:
    """A kind of mistake. ``possible`` looks at the contract, ``spoil`` changes a sheet in place and
    says whether it found a place to do so, ``damage`` changes the file that was written."""

    kind: str
    possible: Callable[[Contract], bool]
    spoil: Spoil
    damage: Damage | None = None


def mistakes() -> tuple[Mistake, ...]:
    """All kinds, those that few datasets allow first."""
    return (
        Mistake("broken_rule", lambda c: c.id.dataset in _department(c).breaks, _break_rule),
        Mistake("wrong_unit", lambda c: c.id.dataset in _department(c).wrong_units, _wrong_unit),
        Mistake("wrong_total", is_form, _wrong_total),
        Mistake("numeric_id", is_form, _numeric_id),
        Mistake("formula_error", is_form, _formula_error),
        Mistake("check_digit", lambda c: bool(_checked(c)), _check_digit),
        Mistake("missing_required", lambda c: True, _missing_required),
        Mistake(
            "bad_date", lambda c: any(col.kind is Kind.DATE for col in c.table_columns), _bad_date
        ),
        Mistake(
            "unknown_code", lambda c: any(col.code_list for col in c.table_columns), _unknown_code
        ),
        Mistake(
            "duplicate_key", lambda c: any(col.source == "table" for col in c.key), _duplicate_key
        ),
        Mistake(
            "negative_number", lambda c: any(_unsigned(col) for col in c.table_columns), _negative
        ),
        Mistake("missing_column", lambda c: True, _missing_column),
        Mistake("thin_explanation", lambda c: True, _thin_explanation),
        Mistake("cut_off", _is_xlsx, _nothing, cut_off),
        Mistake("locked", _is_xlsx, _nothing, lock),
    )


def _is_xlsx(contract: Contract) -> bool:
    return contract.delivery is Delivery.XLSX


def _nothing(sheet: Sheet, rng: np.random.Generator) -> bool:
    """The table is right, it is the file that cannot be opened."""
    return True


def _department(contract: Contract) -> Department:
    return department(contract.id.department)


def _unsigned(column: Column) -> bool:
    return column.is_numeric and not column.signed


def _checked(contract: Contract) -> list[str]:
    """Columns whose check digit is recomputed."""
    names = [column.name for column in contract.table_columns]
    return [n for n in names if n == "uscc" or n.endswith(("_uscc", "_id_no"))]


def _row(sheet: Sheet, rng: np.random.Generator, name: str) -> int | None:
    """A row in which the column holds something, None where there is none."""
    filled = [i for i, row in enumerate(sheet.rows) if row.get(name) not in (None, "")]
    return pick(rng, filled) if filled else None


def _numeric_id(sheet: Sheet, rng: np.random.Generator) -> bool:
    """A code was typed into a cell of format General and has become a number."""
    names = [
        c.name for c in sheet.kept if c.is_text_id and not c.code_list and (c.length or 0) >= 10
    ]
    for name in names:
        digits = [i for i, row in enumerate(sheet.rows) if str(row.get(name)).isdigit()]
        if digits:
            for number in {pick(rng, digits) for _ in range(between(rng, 1, 4))}:
                sheet.rows[number][name] = Number(float(str(sheet.rows[number][name])))
            return True
    return False


def _check_digit(sheet: Sheet, rng: np.random.Generator) -> bool:
    """A digit was misread."""
    name = pick(rng, _checked(sheet.contract))
    row = _row(sheet, rng, name)
    if row is None:
        return False
    text = str(sheet.rows[row][name])
    place = between(rng, 12, 16)
    sheet.rows[row][name] = text[:place] + str((int(text[place], 36) + 1) % 10) + text[place + 1 :]
    return True


def _missing_required(sheet: Sheet, rng: np.random.Generator) -> bool:
    """Required cells were left blank."""
    names = [c.name for c in sheet.kept if c.required and not c.key]
    if not names or not sheet.rows:
        return False
    for _ in range(between(rng, 1, 3)):
        sheet.rows[between(rng, 0, len(sheet.rows) - 1)][pick(rng, names)] = None
    return True


def _wrong_total(sheet: Sheet, rng: np.random.Generator) -> bool:
    """The 合计 row was not brought up to date."""
    names = [name for name, value in sheet.totals.items() if value]
    if not names:
        return False
    name = pick(rng, names)
    sheet.totals[name] = Decimal(str(sheet.totals[name])) + between(rng, 3, 90)
    return True


def _wrong_unit(sheet: Sheet, rng: np.random.Generator) -> bool:
    """Some cells are filled in in ten thousands."""
    name = _department(sheet.contract).wrong_units[sheet.contract.id.dataset]
    large = [n for n in range(len(sheet.rows)) if _amount(sheet, n, name) >= 2000]
    for number in large[: between(rng, 2, 6)]:
        value = _amount(sheet, number, name).scaleb(-4).quantize(Decimal("0.01"))
        sheet.rows[number][name] = value
    return bool(large)


def _amount(sheet: Sheet, row: int, name: str) -> Decimal:
    value = sheet.rows[row].get(name)
    return Decimal(value) if isinstance(value, int | Decimal) else Decimal(0)


def _bad_date(sheet: Sheet, rng: np.random.Generator) -> bool:
    """A date that does not exist, or one outside the period where a rule asks for the period."""
    names = {c.name for c in sheet.kept if c.kind is Kind.DATE}
    if any(rule.id.endswith(".settle_month") for rule in sheet.contract.own_rules):
        for cells in sheet.rows[: between(rng, 2, 6)]:
            cells["settle_date"] = sheet.period.end + timedelta(days=3)
        return True
    name = pick(rng, sorted(names))
    row = _row(sheet, rng, name)
    if row is None:
        return False
    year = sheet.period.year
    sheet.rows[row][name] = Raw(
        pick(rng, (f"{year}-02-30", f"{year}年13月5日", f"{year}.11.31", "待定"))
    )
    return True


def _unknown_code(sheet: Sheet, rng: np.random.Generator) -> bool:
    """A word that is in no code list."""
    names = [c.name for c in sheet.kept if c.code_list]
    name = pick(rng, names)
    row = _row(sheet, rng, name)
    if row is not None:
        sheet.rows[row][name] = Raw(pick(rng, ("其他类", "同上", "详见附件", "X9")))
    return row is not None


def _duplicate_key(sheet: Sheet, rng: np.random.Generator) -> bool:
    """A row was copied and only half of it changed."""
    names = [c.name for c in sheet.contract.key if c.source == "table"]
    if len(sheet.rows) < 3:
        return False
    place = between(rng, 0, min(len(sheet.rows), 200) - 2)
    for name in names:
        sheet.rows[place + 1][name] = sheet.rows[place][name]
    return True


def _negative(sheet: Sheet, rng: np.random.Generator) -> bool:
    """A correction was booked as a negative number."""
    for name in rng.permutation([c.name for c in sheet.kept if _unsigned(c)]):
        places = [n for n in range(len(sheet.rows)) if _amount(sheet, n, name) > 0]
        if places:
            row = pick(rng, places)
            sheet.rows[row][name] = -_amount(sheet, row, name)
            return True
    return False


def _missing_column(sheet: Sheet, rng: np.random.Generator) -> bool:
    """A hidden column was not copied along."""
    names = [c.name for c in sheet.kept if c.required and not c.key]
    if names:
        name = pick(rng, names)
        sheet.columns.remove(name)
        sheet.totals.pop(name, None)
    return bool(names)


def _formula_error(sheet: Sheet, rng: np.random.Generator) -> bool:
    """A formula of the reporter's own workbook failed."""
    names = [c.name for c in sheet.kept if c.is_numeric]
    if not names or not sheet.rows:
        return False
    sheet.rows[between(rng, 0, len(sheet.rows) - 1)][pick(rng, names)] = CellError(
        pick(rng, ("#DIV/0!", "#REF!", "#VALUE!", "#DIV/0!"))
    )
    return True


def _thin_explanation(sheet: Sheet, rng: np.random.Generator) -> bool:
    """A warning is answered with words that explain nothing."""
    for row in sheet.remarks:
        sheet.remarks[row] = pick(rng, ("情况属实", "核实无误", "已核实"))
    return bool(sheet.remarks)


def _break_rule(sheet: Sheet, rng: np.random.Generator) -> bool:
    """One or two rows break a rule of the dataset's own."""
    change = _department(sheet.contract).breaks[sheet.contract.id.dataset]
    done = 0
    for place in rng.permutation(min(len(sheet.rows), 200)):
        done += change.apply(sheet.rows[int(place)])
        if done == 2:
            break
    return done > 0
