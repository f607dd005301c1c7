"""Rules that follow from the columns of a contract and are therefore never typed.

Their ids are ``<dataset>.auto_<kind>_<column>``. The SQL is written in the language described in
``checking/language.py``: ``b`` are the rows of the batch, ``<column>`` is the converted value and
``<column>__text`` the text as delivered (null when blank).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from xiantong.contracts.model import CodeList, Column, Contract, Kind, LoadMode, Rule, Severity

NOT_NULL = "ExpectColumnValuesToNotBeNull"
IN_SET = "ExpectColumnValuesToBeInSet"
BETWEEN = "ExpectColumnValuesToBeBetween"
LENGTH = "ExpectColumnValueLengthsToBeBetween"
REGEX = "ExpectColumnValuesToMatchRegex"
ROWS_NOT_TO_MATCH = "ExpectRowsNotToMatch"
NO_ROWS_FOUND = "ExpectQueryToFindNoRows"
EMPTY = "ExpectQueryToBeEmpty"

LISTED_CODES = 12
PHONE = r"^(1\d{10}|0\d{2,3}-?\d{7,8})$"
# A lease runs into the future as a plan does.
MAY_LIE_AHEAD = ("plan_", "due_", "valid_", "expire_", "lease_end_")
_CONVERTED = {
    Kind.INTEGER: ("numeric", "应为整数", "请填写不带小数的数字"),
    Kind.DECIMAL: ("numeric", "应为数字", "请填写数字，不要带文字或单位"),
    Kind.DATE: ("date", "不是有效日期", "请填写为 2023-10-31 的形式"),
    Kind.TIMESTAMP: ("date", "不是有效时间", "请填写为 2023-10-31 08:30:00 的形式"),
    Kind.BOOLEAN: ("boolean", "应填写是或否", "请填写 是 或 否"),
    Kind.YEAR: ("year", "不是有效年份", "请填写为 2023 的形式"),
    Kind.MONTH: ("month", "不是有效年月", "请填写为 2019-05 的形式"),
}


def derived_rules(
    contract: Contract, codes: Mapping[str, CodeList], national: AbstractSet[str] = frozenset()
) -> tuple[Rule, ...]:
    """All rules that follow from the columns, in the order of the columns. ``national``: columns whose
    codes are the same in every county; references to them are looked up in the lists of all counties.
    """
    rules = list(_key_rules(contract))
    for column in contract.table_columns:
        rules += _column_rules(contract, column, codes, national)
    rules += _table_rules(contract)
    return tuple(rules)


def _rule(contract: Contract, kind: str, columns: tuple[str, ...], expectation: str,
          kwargs: dict[str, Any], message: str, fix: str, severity: Severity = Severity.ERROR,
          **more: Any) -> Rule:  # fmt: skip
    suffix = "_".join(columns)
    return Rule(
        id=f"{contract.id}.auto_{kind}{'_' + suffix if suffix else ''}",
        scope=more.pop("scope", "row"),
        severity=severity,
        columns=columns,
        expectation=expectation,
        kwargs=kwargs,
        message_zh=message,
        fix_zh=fix,
        **more,
    )


def _key_rules(contract: Contract) -> Iterator[Rule]:
    names = tuple(column.name for column in contract.key if column.source == "table")
    if not names:
        return
    headers = "、".join(contract.by_name[name].header_zh for name in names)
    listed = ", ".join(("_submission_id", *names))
    filled = " and ".join(f"{name} is not null" for name in names)
    query = (
        f"select _row from b semi join (select {listed} from b where {filled} "
        f"group by {listed} having count(*) > 1) as repeated using ({listed})"
    )
    yield _rule(contract, "key", names, NO_ROWS_FOUND, {"query": query},
                f"「{headers}」重复，同一报告期只能有一行", "请核对后合并或删除重复的行", scope="table")  # fmt: skip
    if contract.load_mode is LoadMode.APPEND:
        yield _append_rule(contract, names, headers)


def _append_rule(contract: Contract, names: tuple[str, ...], headers: str) -> Rule:
    """Facts never change: a key that was accepted before must come with the same values."""
    values = [c.name for c in contract.table_columns if c.name not in names and not c.is_hashed]
    differs = " or ".join(f"b.{name} is distinct from a.{name}" for name in values)
    on = " and ".join(f"a.{name} = b.{name}" for name in names)
    query = f"select b._row from b join accepted as a on {on} where {differs}"
    return _rule(contract, "append", names, NO_ROWS_FOUND, {"query": query},
                 f"「{headers}」已报送过且内容不同，明细数据不得更改",
                 "请恢复原值；确需更正的，请用新的编号补报", scope="cross_period")  # fmt: skip


def _labels(codes: CodeList) -> str:
    """What may be filled in; of a long list the beginning."""
    shown = "、".join(code.zh for code in codes.codes[:LISTED_CODES])
    return shown if len(codes.codes) <= LISTED_CODES else f"{shown}等，全部选项见空白表的下拉列表"


def _column_rules(
    contract: Contract, column: Column, codes: Mapping[str, CodeList], national: AbstractSet[str]
) -> Iterator[Rule]:
    name, header = column.name, f"「{column.header_zh}」"

    def rule(kind: str, expectation: str, kwargs: dict[str, Any], message: str, fix: str,
             severity: Severity = Severity.ERROR, **more: Any) -> Rule:  # fmt: skip
        return _rule(contract, kind, (name,), expectation, kwargs, message, fix, severity, **more)

    if column.required:
        fix = "请补填，没有发生的填0" if column.is_numeric else "请补填"
        yield rule("required", NOT_NULL, {"column": f"{name}__text"},
                   f"{header}不能为空", fix)  # fmt: skip
    if column.kind in _CONVERTED:
        kind, wrong, fix = _CONVERTED[column.kind]
        bad = f"{name} is null and {name}__text is not null"
        yield rule(kind, ROWS_NOT_TO_MATCH, {"bad": bad}, header + wrong, fix)
    if column.code_list:
        labels = _labels(codes[column.code_list])
        value_set = [code.code for code in codes[column.code_list].codes]
        yield rule("code", IN_SET, {"column": name, "value_set": value_set},
                   f"{header}填的“{{value}}”不在可选范围内", f"可填：{labels}")  # fmt: skip
        if unused := _out_of_use(name, codes[column.code_list]):
            yield rule("code_ended", ROWS_NOT_TO_MATCH, {"bad": unused},
                       f"{header}填的“{{value}}”在本报告期不使用", "请按现行代码表填写")  # fmt: skip
    if column.kind is Kind.DATE and not name.startswith(MAY_LIE_AHEAD):
        yield rule("future", ROWS_NOT_TO_MATCH, {"bad": f"{name} > cast(_submitted_at as date)"},
                   f"{header}晚于报送日期，请核实", "请核对日期，属实的请说明", Severity.WARNING)  # fmt: skip
    if column.is_numeric and not column.signed:
        yield rule("nonneg", BETWEEN, {"column": name, "min_value": 0},
                   f"{header}不能为负数", "请核对数值，多写了负号的请去掉")  # fmt: skip
    if column.kind is Kind.STRING and column.length:
        yield rule("length", LENGTH, {"column": name, "max_value": column.length},
                   f"{header}超过{column.length}个字符", f"请缩短到{column.length}个字符以内")  # fmt: skip
    yield from _identifier_rules(rule, column)
    yield from _reference_rules(rule, column, national)


def _out_of_use(name: str, code_list: CodeList) -> str:
    """Condition of the rows whose code is not in use in their period; empty where all always are."""
    conditions = []
    for code in code_list.codes:
        if code.valid_from:
            conditions.append(
                f"({name} = '{code.code}' and _period_end < date '{code.valid_from}')"
            )
        if code.valid_to:
            conditions.append(f"({name} = '{code.code}' and _period_end >= date '{code.valid_to}')")
    return " or ".join(conditions)


def _identifier_rules(rule: Any, column: Column) -> Iterator[Rule]:
    name = column.name
    if name == "uscc" or name.endswith("_uscc"):
        yield rule("uscc", ROWS_NOT_TO_MATCH, {"bad": f"not uscc_valid({name})"},
                   "统一社会信用代码校验位错误", "请对照营业执照逐位核对18位代码")  # fmt: skip
    if name.endswith("_id_no"):
        yield rule("idno", ROWS_NOT_TO_MATCH, {"bad": f"not id_valid({name})"},
                   "身份证号校验位错误", "请对照身份证逐位核对18位号码")  # fmt: skip
    if name.endswith("_phone"):
        yield rule("phone", REGEX, {"column": name, "regex": PHONE},
                   "联系电话格式有误", "请填写11位手机号或带区号的固定电话", Severity.WARNING)  # fmt: skip


def _reference_rules(rule: Any, column: Column, national: AbstractSet[str]) -> Iterator[Rule]:
    name, header = column.name, f"「{column.header_zh}」"
    if column.ref == "_areas.area_code":
        # Yardsticks of other areas lie outside the reporter's own area on purpose.
        outside = (
            f" or not starts_with({name}, _reporter_area_prefix)" if name == "area_code" else ""
        )
        bad = f"{name} not in (select area_code from area){outside}"
        yield rule("area", ROWS_NOT_TO_MATCH, {"bad": bad},
                   "区划代码{value}不在填报单位的区划范围内", "请用半角数字填写本地区12位统计用区划代码")  # fmt: skip
        query = (
            "select b._row, ended.ended_on, ended.successors from b join area_ended as ended "
            f"on ended.area_code = b.{name} where b._period_end >= ended.ended_on"
        )
        yield rule("area_ended", NO_ROWS_FOUND, {"query": query},
                   "区划代码{value}已于{ended_on}停用", "请改用{successors}")  # fmt: skip
    elif column.ref == "_areas.zone_code":
        yield rule("zone", ROWS_NOT_TO_MATCH, {"bad": f"{name} not in (select zone_code from zone)"},
                   "园区代码{value}不在园区名录中", "请填写12位园区代码，园区外留空")  # fmt: skip
    elif column.ref_dataset:
        target, key = column.ref_dataset, column.ref_column
        listed = f"{target}_everywhere" if column.ref in national else target
        query = (
            f"select _row from b where {name} is not null and "
            f"{name} not in (select {key} from {listed} where {key} is not null)"
        )
        severity = Severity.WARNING if column.soft_ref else Severity.ERROR
        yield rule("ref", NO_ROWS_FOUND, {"query": query},
                   f"{header}填的“{{value}}”在{{ref_title}}中不存在", "请核对编号，或请主管部门先报送",
                   severity, needs=(target,), scope="cross_dataset")  # fmt: skip


def _table_rules(contract: Contract) -> Iterator[Rule]:
    if "period" in contract.by_name:
        bad = "period__text is not null and period__found is distinct from _period"
        yield _rule(contract, "period", ("period",), ROWS_NOT_TO_MATCH, {"bad": bad},
                    "表内报告期与报送期不一致", "请核对报告期")  # fmt: skip
    if contract.check_row_count:
        query = (
            "select now._submission_id, now.n, before.n as n_prev "
            "from (select _submission_id, count(*) as n from b group by all) as now "
            "join (select _submission_id, count(*) as n from p group by all) as before using (_submission_id) "
            "where now.n not between 0.7 * before.n and 1.3 * before.n"
        )
        yield _rule(contract, "rowcount", (), EMPTY, {"query": query},
                    "行数{n}与上期{n_prev}相差超过30%，请核实是否漏报", "请补报遗漏的行，属实的请说明",
                    Severity.WARNING, scope="cross_period")  # fmt: skip
