"""From delivered text to canonical values, as DuckDB expressions.

The plain reading comes first and costs one cast; the forgiving one (full-width digits, thousand
separators, other date spellings) is evaluated only for the cells that the plain one cannot read.
Within the forgiving part no sub-expression may stand twice: DuckDB computes what is common once, but
then for every row.
"""

from __future__ import annotations

from collections.abc import Mapping

from xiantong.contracts.model import CodeList, Column, Kind, Privacy
from xiantong.masking import IDENTITY_NUMBER_RE2, MASK

_FULL_WIDTH = "０１２３４５６７８９．－＋，％　（）／"
_HALF_WIDTH = "0123456789.-+,% ()/"
# So many labels are compared one by one, which is quicker than any look-up.
_COMPARED_LABELS = 24
_IDENTITY_DIGITS = 18
# What a spreadsheet keeps of a whole number; more digits are an identity number or a typing error.
_EXACT_DIGITS = 15
_TRUE = ("是", "true", "1", "y", "yes", "√", "有")
_FALSE = ("否", "false", "0", "n", "no", "×", "无")


SQL_TYPES = {
    Kind.INTEGER: "bigint",
    Kind.DATE: "date",
    Kind.BOOLEAN: "boolean",
    Kind.YEAR: "integer",
    Kind.TIMESTAMP: "timestamp",
}


def sql_type(column: Column) -> str:
    """DuckDB type of the canonical value."""
    if column.kind is Kind.DECIMAL:
        return f"decimal({column.precision or 38},{column.scale or 0})"
    return SQL_TYPES.get(column.kind, "varchar")


def canonical(column: Column, codes: Mapping[str, CodeList], factor: str | None = None) -> str:
    """Expression for the canonical value of a column, null where the text cannot be read.

    The text is expected in a column of the same name. A code that is in no list stays as it is, so
    that the code rule can name it. ``factor`` is the expression of a unit conversion.
    """
    text = f'"{column.name}"'
    match column.kind:
        case Kind.INTEGER:
            return _number(text, "bigint", factor)
        case Kind.DECIMAL:
            return _number(text, f"decimal({column.precision or 38},{column.scale or 0})", factor)
        case Kind.DATE:
            return _date(text)
        case Kind.TIMESTAMP:
            return _timestamp(text)
        case Kind.BOOLEAN:
            readings = dict.fromkeys(_TRUE, "true") | dict.fromkeys(_FALSE, "false")
            pairs = ", ".join(f"'{word}': {value}" for word, value in readings.items())
            return f"map {{{pairs}}}[lower(trim({_half_width(text)}))]"
        case Kind.YEAR:
            found = f"regexp_extract({_half_width(text)}, '^\\s*((?:19|20)\\d{{2}})\\s*年?(?:度)?(?:\\.0)?\\s*$', 1)"
            return f"try_cast({found} as integer)"
        case Kind.MONTH:
            return _month(text)
        case Kind.CODE if column.code_list:
            return _code(text, codes[column.code_list])
        case Kind.STRING if _is_public_prose(column):
            return _without_identity(text)
        case _:
            return text


def _is_public_prose(column: Column) -> bool:
    """True for text that everybody may read and that names nothing: people write into it what they
    like, identity numbers too."""
    is_name_of_row = column.key or column.ref or column.name.endswith(("uscc", "_code", "_no"))
    return column.privacy is Privacy.NONE and not is_name_of_row


def _without_identity(text: str) -> str:
    """Identity numbers are no part of a project's name; what is stored goes to every mart."""
    masked = f"regexp_replace({text}, '{IDENTITY_NUMBER_RE2}', '\\1{MASK}\\2', 'g')"
    return f"case when length({text}) >= {_IDENTITY_DIGITS} then {masked} else {text} end"


def _half_width(text: str) -> str:
    return f"translate({text}, '{_FULL_WIDTH}', '{_HALF_WIDTH}')"


def _listed(values: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"


def _number(text: str, sql_type: str, factor: str | None) -> str:
    """Integers with a fraction are refused rather than rounded, endless ones are no counts."""
    clean = f"replace(replace(trim({_half_width(text)}), ',', ''), ' ', '')"
    clean = f"rtrim({clean}, '%')"
    if factor:
        return f"try_cast(try_cast({clean} as decimal(38,12)) * {factor} as {sql_type})"
    if sql_type == "bigint":
        whole = f"regexp_extract({clean}, '^([+-]?0*\\d{{1,{_EXACT_DIGITS}}})(?:\\.0*)?$', 1)"
        is_plain = f"length({text}) <= {_EXACT_DIGITS} and not contains({text}, '.')"
        return (
            f"coalesce(case when {is_plain} then try_cast({text} as bigint) end, "
            f"try_cast({whole} as bigint))"
        )
    return f"coalesce(try_cast({text} as {sql_type}), try_cast({clean} as {sql_type}))"


def _date(text: str) -> str:
    """2023-10-31, 2023/10/31, 2023.10.31, 20231031, 2023年10月31日, 45230 (a spreadsheet serial)."""
    serial = f"regexp_extract({text}, '^\\s*([2-6]\\d{{4}})(?:\\.0*)?\\s*$', 1)"
    dashed = f"regexp_replace(trim({_half_width(text)}), '[年月/.]', '-', 'g')"
    bare = f"regexp_replace({dashed}, '日$|\\s+0{{1,2}}:00(:00)?$', '')"
    spread = f"regexp_replace({bare}, '^(\\d{{4}})(\\d{{2}})(\\d{{2}})$', '\\1-\\2-\\3')"
    formats = "['%Y-%m-%d', '%Y-%m-%d %H:%M:%S', '%Y-%m-%d %H:%M']"
    return (
        f"coalesce(try_cast({text} as date), date '1899-12-30' + try_cast({serial} as integer), "
        f"cast(try_strptime({spread}, {formats}) as date))"
    )


def _timestamp(text: str) -> str:
    """The wall clock of the county: 2023-10-31T14:25:00+08:00, 2023/10/31 14:25, 2023.10.31 14:25,
    2023年10月31日14时25分. A time in UTC (Z) is eight hours behind. A time that cannot be read must
    not become midnight, so the reading as a date is left to texts without one."""
    plain = f"try_cast({text} as timestamp)"
    beijing = f"case when regexp_matches({text}, ':\\d\\d(\\.\\d+)?\\s*[Zz]$') then {plain} + interval 8 hour else {plain} end"
    clean = f"replace(trim({_half_width(text)}), '：', ':')"
    for pattern, written in (
        ("[年月/.]", "-"),
        ("[日Tt]\\s*", " "),
        ("[时点分]", ":"),
        ("[:秒]+$", ""),
    ):
        clean = f"regexp_replace({clean}, '{pattern}', '{written}', 'g')"
    formats = "['%Y-%m-%d %H:%M', '%Y-%m-%d %H:%M:%S', '%Y-%m-%d %H', '%Y%m%d %H:%M', '%Y%m%d %H:%M:%S', '%Y%m%d%H%M', '%Y%m%d%H%M%S']"
    day = f"case when not regexp_matches({text}, '[:：时点]') then cast({_date(text)} as timestamp) end"
    return f"coalesce({beijing}, try_strptime({clean}, {formats}), {day})"


def _month(text: str) -> str:
    clean = f"trim({_half_width(text)})"
    year = f"regexp_extract({clean}, '^((?:19|20)\\d{{2}})', 1)"
    month = f"regexp_extract({clean}, '^(?:19|20)\\d{{2}}\\s*[-/.年]?\\s*(0?[1-9]|1[0-2])(?:月|[-/.]\\d{{1,2}}|[ T]0.*)?$', 1)"
    return f"case when {month} <> '' then {year} || '-' || lpad({month}, 2, '0') end"


def _code(text: str, code_list: CodeList) -> str:
    """Code, Chinese label or position in the list; the code wins where two readings compete."""
    readings = {str(n): code.code for n, code in enumerate(code_list.codes, 1)}
    readings |= {code.zh: code.code for code in code_list.codes}
    readings |= {
        spelt: code.code
        for code in code_list.codes
        for spelt in (code.code.lower(), code.code.upper())
    }
    readings = {k: v for k, v in readings.items() if k not in code_list.by_code}
    known = _listed(tuple(code_list.by_code))
    pairs = ", ".join(f"'{k}': '{v}'" for k, v in readings.items())
    labels = " ".join(
        f"when {text} = '{code.zh}' then '{code.code}'"
        for code in code_list.codes[:_COMPARED_LABELS]
        if code.zh not in code_list.by_code
    )
    return (
        f"case when {text} in {known} then {text} {labels} "
        f"else coalesce(map {{{pairs}}}[trim({_half_width(text)})], trim({text})) end"
    )
