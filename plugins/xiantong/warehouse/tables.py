"""What the raw tables look like: columns, types and what analysts read about them."""

from __future__ import annotations

from dataclasses import dataclass

from xiantong.contracts.model import Column, Contract, Kind, Severity

SCHEMAS = ("raw", "staging", "intermediate", "marts")

_SQL_TYPES = {
    Kind.INTEGER: "bigint",
    Kind.DATE: "date",
    Kind.BOOLEAN: "boolean",
    Kind.YEAR: "integer",
    Kind.TIMESTAMP: "timestamp",
}


def sql_type(column: Column) -> str:
    """Type of a contract column, in words that DuckDB and PostgreSQL share."""
    if column.is_hashed:
        return "varchar"
    if column.kind is Kind.DECIMAL:
        return f"decimal({column.precision or 38},{column.scale or 0})"
    return _SQL_TYPES.get(column.kind, "varchar")


@dataclass(frozen=True, slots=True)
class TableColumn:
    name: str
    type: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table of the schema ``raw``."""

    name: str
    comment: str
    columns: tuple[TableColumn, ...]

    @property
    def qualified(self) -> str:
        return f'raw."{self.name}"'

    @property
    def column_list(self) -> str:
        return ", ".join(quote(column.name) for column in self.columns)


def quote(name: str) -> str:
    return f'"{name}"'


LINEAGE = (
    TableColumn("_submission_id", "varchar", "报送编号 submission that brought the row"),
    TableColumn("_src_sheet", "varchar", "工作表 sheet of the delivered file"),
    TableColumn("_src_row", "bigint", "行号 row of the delivered file as the reporter sees it"),
    TableColumn(
        "_revision", "integer", "修订号 1 = first delivery of the period, then corrections"
    ),
    TableColumn("_reporter_code", "varchar", "报送单位代码 unit that delivered"),
    TableColumn("_reporter_area_code", "varchar", "报送单位区划代码 area of the unit"),
    TableColumn("_period", "varchar", "报送期 period of the delivery"),
    TableColumn("_submitted_at", "timestamp", "报送时间 when it was delivered (UTC)"),
    TableColumn("_accepted_at", "timestamp", "受理时间 when it was accepted (UTC)"),
)
# These come with every row of the lake, the others of the lineage from the ledger.
ROW_LINEAGE = LINEAGE[:3]
SUBMISSION_LINEAGE = LINEAGE[3:]


def raw_table(contract: Contract) -> RawTable:
    """The raw table of a dataset: contract columns in contract order, then the lineage."""
    columns = tuple(
        TableColumn(column.name, sql_type(column), _comment(column)) for column in contract.columns
    )
    comment = f"{contract.title_zh} {contract.title_en}: {contract.grain} (v{contract.version})"
    return RawTable(contract.id.raw_table, comment, columns + LINEAGE)


def _comment(column: Column) -> str:
    unit = f"（{column.unit}）" if column.unit else ""
    return f"{column.header_zh}{unit} {column.description}".strip()


LEDGER_SUBMISSION = RawTable(
    "ledger__submission",
    "报送记录 submissions: one row per decided delivery",
    (
        TableColumn("submission_id", "varchar", "报送编号"),
        TableColumn("dataset_id", "varchar", "数据集"),
        TableColumn("department", "varchar", "部门"),
        TableColumn("reporter_code", "varchar", "报送单位代码"),
        TableColumn("reporter_area_code", "varchar", "报送单位区划代码"),
        TableColumn("period", "varchar", "报送期"),
        TableColumn("revision", "integer", "修订号, null for duplicates"),
        TableColumn("submitted_at", "timestamp", "报送时间 (UTC)"),
        TableColumn("due_at", "date", "截止日期"),
        TableColumn("status", "varchar", "状态 accepted, returned or duplicate"),
        TableColumn("row_cnt", "bigint", "报送行数"),
        TableColumn("accepted_row_cnt", "bigint", "受理行数"),
        TableColumn("error_cnt", "bigint", f"{Severity.ERROR.problem('zh')}数 errors"),
        TableColumn("warning_cnt", "bigint", f"{Severity.WARNING.problem('zh')}数 warnings"),
        TableColumn("accepted_at", "timestamp", "受理时间 (UTC)"),
        TableColumn("file_name", "varchar", "文件名"),
        TableColumn("sha256", "varchar", "文件指纹"),
    ),
)

LEDGER_FINDING = RawTable(
    "ledger__finding",
    "审核发现 findings: one row per listed place; personal values are masked",
    (
        TableColumn("submission_id", "varchar", "报送编号"),
        TableColumn("dataset_id", "varchar", "数据集"),
        TableColumn("reporter_code", "varchar", "报送单位代码"),
        TableColumn("period", "varchar", "报送期"),
        TableColumn("revision", "integer", "修订号"),
        TableColumn("seq", "integer", "序号"),
        TableColumn("rule_id", "varchar", "规则"),
        TableColumn("severity", "varchar", "级别 error 强制性, warning 核实性, info 提示"),
        TableColumn("message_zh", "varchar", "说明"),
        TableColumn("sheet", "varchar", "工作表"),
        TableColumn("src_row", "bigint", "行号"),
        TableColumn("column_name", "varchar", "列名"),
        TableColumn("header_zh", "varchar", "表头"),
        TableColumn("cell", "varchar", "单元格"),
        TableColumn("value", "varchar", "报送值 (masked)"),
        TableColumn("explanation", "varchar", "报送单位的解释"),
        TableColumn("carried_from", "varchar", "解释最初所在的报送, where it carries over"),
        TableColumn("row_area_code", "varchar", "该行的区划代码, where the row has one"),
    ),
)
