"""Delivered spellings become one canonical value, or none."""

import hashlib
import hmac
from importlib import resources
from typing import Any

import duckdb
import pytest
from stdnum.cn import ric

from xiantong.checking.conversion import canonical
from xiantong.checking.hashing import hmac_sha256
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Column, Kind, Privacy


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        resources.files("xiantong.checking").joinpath("macros.sql").read_text("utf-8")
    )
    return connection


def convert(
    database: duckdb.DuckDBPyConnection, catalogue: Catalogue, text: str, **column: Any
) -> str | None:
    expression = canonical(Column(name="x", header_zh="x", **column), catalogue.codes)
    row = database.execute(
        f"select cast(v as varchar) from (select {expression} as v from (select ? as x))", [text]
    ).fetchone()
    assert row
    return row[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize("number", ["11010519491231002X", "980121197511031234"])
def test_identity_number_in_public_prose_is_masked_and_codes_are_left_alone(
    database: Any, catalogue: Catalogue, number: str
) -> None:
    text = f"修路（张三{number}、李四{number}）"
    assert convert(database, catalogue, text, kind=Kind.STRING) == "修路（张三***、李四***）"
    assert convert(database, catalogue, number, kind=Kind.STRING) == "***"
    assert convert(database, catalogue, f"{number}2024", kind=Kind.STRING) == f"{number}2024"
    for identifies in ({"key": True}, {"privacy": Privacy.SENSITIVE}, {"ref": "a.b.c"}):
        assert convert(database, catalogue, text, kind=Kind.STRING, **identifies) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2023-10-31", "2023-10-31"),
        ("2023/10/31", "2023-10-31"),
        ("2023/1/5", "2023-01-05"),
        ("2023.10.31", "2023-10-31"),
        ("20231031", "2023-10-31"),
        ("2023年10月31日", "2023-10-31"),
        ("２０２３年１０月３１日", "2023-10-31"),
        ("45230", "2023-10-31"),
        ("2023-10-31 00:00:00", "2023-10-31"),
        ("2023-02-30", None),
        ("2023-13-01", None),
        ("十月", None),
        ("1234567", None),
    ],
)
def test_date_spellings(database: Any, catalogue: Catalogue, text: str, value: str | None) -> None:
    assert convert(database, catalogue, text, kind=Kind.DATE) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2023-10-31 14:25", "2023-10-31 14:25:00"),
        ("2023-10-31T14:25:07", "2023-10-31 14:25:07"),
        ("2023-10-31T14:25:00+08:00", "2023-10-31 14:25:00"),
        ("2023-10-31T20:25:00Z", "2023-11-01 04:25:00"),
        ("2023/10/31 14:25", "2023-10-31 14:25:00"),
        ("2023.10.31 14:25", "2023-10-31 14:25:00"),
        ("20231031 14:25", "2023-10-31 14:25:00"),
        ("2023年10月31日14时25分", "2023-10-31 14:25:00"),
        ("2023年10月31日 ９：０５", "2023-10-31 09:05:00"),
        ("2023年10月31日9时", "2023-10-31 09:00:00"),
        ("2023年10月31日14时25分30秒", "2023-10-31 14:25:30"),
        ("2023年10月31日", "2023-10-31 00:00:00"),
        ("2023-10-31 25:61", None),
        ("2023.10.31 25:61", None),
        ("下午三点", None),
    ],
)
def test_timestamp_spellings(
    database: Any, catalogue: Catalogue, text: str, value: str | None
) -> None:
    assert convert(database, catalogue, text, kind=Kind.TIMESTAMP) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234.5", "1234.50"),
        ("1,234.50", "1234.50"),
        ("１，２３４．５", "1234.50"),
        (" 12 ", "12.00"),
        ("-3.2", "-3.20"),
        ("－3.2", "-3.20"),
        ("14.1%", "14.10"),
        ("abc", None),
        ("12万", None),
        ("1 234", "1234.00"),
    ],
)
def test_number_spellings(
    database: Any, catalogue: Catalogue, text: str, value: str | None
) -> None:
    assert convert(database, catalogue, text, kind=Kind.DECIMAL, precision=14, scale=2) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", "12"), ("1,200", "1200"), ("１２", "12"), ("12.0", "12"), ("12.5", None), ("x", None),
        ("999999999999999", "999999999999999"), ("-12", "-12"), ("000000000000000012", "12"),
        ("980121197511031234", None), ("９８０１２１１９７５１１０３１２３４", None), ("980,121,197,511,031,234", None),
    ],
)  # fmt: skip
def test_integer_is_never_rounded_and_never_an_identity_number(
    database: Any, catalogue: Catalogue, text: str, value: str | None
) -> None:
    assert convert(database, catalogue, text, kind=Kind.INTEGER) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("是", "true"),
        ("Y", "true"),
        ("1", "true"),
        ("否", "false"),
        ("FALSE", "false"),
        ("也许", None),
    ],
)
def test_boolean_spellings(
    database: Any, catalogue: Catalogue, text: str, value: str | None
) -> None:
    assert convert(database, catalogue, text, kind=Kind.BOOLEAN) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2019-05", "2019-05"),
        ("2019/5", "2019-05"),
        ("2019年5月", "2019-05"),
        ("201905", "2019-05"),
        ("2019-13", None),
    ],
)
def test_month_spellings(database: Any, catalogue: Catalogue, text: str, value: str | None) -> None:
    assert convert(database, catalogue, text, kind=Kind.MONTH) == value


@pytest.mark.parametrize(
    ("text", "value"), [("2023", "2023"), ("2023年", "2023"), ("２０２３", "2023"), ("23", None)]
)
def test_year_spellings(database: Any, catalogue: Catalogue, text: str, value: str | None) -> None:
    assert convert(database, catalogue, text, kind=Kind.YEAR) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("OUTPATIENT", "OUTPATIENT"),
        ("门诊", "OUTPATIENT"),
        ("1", "OUTPATIENT"),
        ("outpatient", "OUTPATIENT"),
        ("急诊", "急诊"),
    ],
)
def test_code_label_or_position_is_read(
    database: Any, catalogue: Catalogue, text: str, value: str
) -> None:
    assert convert(database, catalogue, text, kind=Kind.CODE, code_list="visit_kind") == value


@pytest.mark.parametrize(
    ("code", "valid"),
    [
        ("91350100M000100Y43", True),
        ("91512081MA62K0260E", True),
        ("91110000600037341L", True),
        ("91110000600037341M", False),
        ("9111000060003734IL", False),
        ("91110000600037341", False),
        (None, None),
    ],
)
def test_unified_social_credit_code(database: Any, code: str | None, valid: bool | None) -> None:
    assert database.execute("select uscc_valid(?::varchar)", [code]).fetchone() == (valid,)


def test_identification_number_agrees_with_the_standard_library_of_numbers(database: Any) -> None:
    numbers = [
        f"110105194912310{serial:02d}{check}" for serial in range(25) for check in "0123456789X"
    ]
    for number in numbers:
        (valid,) = database.execute("select id_valid(?)", [number]).fetchone()
        assert valid == (ric.calc_check_digit(number) == number[-1]), number
    assert database.execute("select id_valid('110105194913310021')").fetchone() == (False,)


@pytest.mark.parametrize(
    ("label", "month"),
    [
        ("1-9月", 9),
        ("1—10月", 10),
        ("前三季度", 9),
        ("上半年", 6),
        ("全年", 12),
        ("一季度", 3),
        ("10月", 10),
        (None, None),
    ],
)
def test_window_end_month(database: Any, label: str | None, month: int | None) -> None:
    assert database.execute("select window_end_month(?::varchar)", [label]).fetchone() == (month,)


@pytest.mark.parametrize("key", [b"key", b"k" * 64, b"long" * 40])
def test_hash_in_the_database_is_the_standard_hmac(database: Any, key: bytes) -> None:
    text = "11010519491231002X"
    (digest,) = database.execute(f"select {hmac_sha256('?', key)}", [text]).fetchone()
    assert digest == hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
