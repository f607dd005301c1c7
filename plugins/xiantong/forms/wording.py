"""How forms write things: units, headers of columns, due dates, rules."""

from __future__ import annotations

import re

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Column, Contract, Layout, Rule, Severity

SEVERITY_SIGN = {Severity.ERROR: "●", Severity.WARNING: "○", Severity.INFO: "·"}


def printed_unit(unit: str | None) -> str | None:
    """The unit as forms print it, None for what is not one unit (``natural unit``)."""
    return unit if unit and re.search(r"[\u4e00-\u9fff%=]", unit) else None


def column_header(contract: Contract, column: Column, layout: Layout) -> str:
    """Header of a column with its unit in brackets where that is not the unit of the whole form."""
    header = layout.headers.get(column.name, column.header_zh)
    unit = printed_unit(column.unit) if column.is_numeric else None
    return header if unit is None or unit == layout.unit else f"{header}（{unit}）"


def due_wording(contract: Contract) -> str:
    """When the form is due, in one Chinese phrase."""
    due = contract.due
    unit = "个工作日" if due.unit == "working_day" else "日"
    match due.anchor:
        case "month_day":
            year = {-1: "上年", 0: "当年", 1: "次年"}.get(due.year_offset, f"{due.year_offset}年后")
            month, day = (due.month_day or "01-01").split("-")
            text = f"报告期{year}{int(month)}月{int(day)}日前"
        case "period_start":
            text = f"报告期开始后{due.count}{unit}内"
        case _ if due.count == 0:
            text = "报告期最后一日前" if due.unit == "day" else "报告期最后一个工作日前"
        case _:
            text = f"报告期结束后{due.count}{unit}内"
    return text + {"january": "，1月免报", "school_holidays": "，7月、8月免报"}.get(due.not_due, "")


# What only a finding can say, with the words that lead to it.
_FILLED_IN = r"填的“\{\w+\}”|于\{\w+\}|[：:]?\{\w+\}"


def rule_wording(rule: Rule, contract: Contract, catalogue: Catalogue) -> str:
    """What a rule demands, as it can be read before anything is wrong."""
    headers = "、".join(contract.by_name[name].header_zh for name in rule.columns)
    titles = "、".join(
        catalogue.contracts[dataset].title_zh
        for dataset in rule.needs
        if dataset in catalogue.contracts
    )
    text = rule.message_zh.replace("{header}", headers).replace("{headers}", headers)
    text = text.replace("{ref_title}", f"《{titles}》" if titles else "有关名录")
    return re.sub(_FILLED_IN, "", text)


def rule_line(rule: Rule, contract: Contract, catalogue: Catalogue) -> str:
    """What a rule demands, behind the sign of its severity."""
    return f"{SEVERITY_SIGN[rule.severity]} {rule_wording(rule, contract, catalogue)}"
