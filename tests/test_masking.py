import re

import duckdb
import pytest

from xiantong.masking import IDENTITY_NUMBER_RE2, has_identity, without_identity

NUMBER = "110105194912310021"
WIDE = NUMBER.translate(str.maketrans("0123456789", "０１２３４５６７８９"))


@pytest.mark.parametrize("number", [NUMBER, WIDE, NUMBER[:-1] + "X", NUMBER[:-1] + "ｘ"])
def test_identity_numbers_are_found_in_either_width_by_both_engines(number: str) -> None:
    text = f"张三（{number}）"

    assert without_identity(text) == "张三（***）"
    (found,) = duckdb.execute("select regexp_matches(?, ?)", [text, IDENTITY_NUMBER_RE2]).fetchone()
    assert found


@pytest.mark.parametrize("text", [NUMBER + "1", "1" + NUMBER, NUMBER.replace("1949", "5949"), ""])
def test_other_long_numbers_stay(text: str) -> None:
    assert not has_identity(text)
    assert re.search(IDENTITY_NUMBER_RE2, text) is None
