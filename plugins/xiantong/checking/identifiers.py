"""What is wrong with a number that has a check digit, more closely than that it does not fit.

Length and characters are seen at a glance and mended without looking up anything; only where both
are right has somebody to compare the number digit by digit.
"""

from __future__ import annotations

import re
from datetime import date

LENGTH = 18
_USCC, _IDENTITY = ".auto_uscc_", ".auto_idno_"
# GB 32100-2015 leaves out five letters; where a digit looks like one, it is what was meant.
_LEFT_OUT = {"I": "1", "O": "0", "S": "5", "V": "", "Z": "2"}
_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]*")
_OLD_ORGANISATION_CODE = re.compile(r"[0-9A-Z]{8}-?[0-9X]")
_OLD_REGISTRATION_DIGITS = 15


def closer_fault(rule_id: str, value: str | None) -> tuple[str, str] | None:
    """Message and advice for a value that a rule on codes or identity numbers objects to; None where
    the rule is another one or its own words fit. Nothing of the value but its length and the letters
    that do not belong there is repeated."""
    if value is None:
        return None
    if _USCC in rule_id:
        return _fault_of_code(value)
    if _IDENTITY in rule_id:
        return _fault_of_identity_number(value)
    return None


def _fault_of_code(value: str) -> tuple[str, str] | None:
    """GB 32100-2015: 18 digits and capitals without I, O, S, V and Z."""
    name = "统一社会信用代码"
    if len(value) != LENGTH:
        return _wrong_length(name, value), _advice_on_length(value)
    if _CODE.fullmatch(value):
        return None
    left_out = [letter for letter in _LEFT_OUT if letter in value]
    if left_out:
        meant = [f"{letter}应为{_LEFT_OUT[letter]}" for letter in left_out if _LEFT_OUT[letter]]
        likely = f"，多半是数字误填成字母（{'、'.join(meant)}）" if meant else ""
        return (
            f"{name}不使用字母I、O、S、V、Z，填报的含有{'、'.join(left_out)}",
            f"请对照营业执照核对{likely}",
        )
    return (
        f"{name}只用半角数字和大写字母，填报的含有其他字符",
        "请改为半角数字和大写字母，去掉空格和符号",
    )


def _advice_on_length(value: str) -> str:
    if len(value) == _OLD_REGISTRATION_DIGITS and value.isdigit():
        return "15位的是原工商注册号，请填写现在营业执照上的18位统一社会信用代码"
    if _OLD_ORGANISATION_CODE.fullmatch(value):
        return "9位的是原组织机构代码，请填写现在证照上的18位统一社会信用代码"
    return "请对照营业执照补全或去掉多余的位数"


def _fault_of_identity_number(value: str) -> tuple[str, str] | None:
    """GB 11643-1999: 17 digits, of which the seventh to fourteenth are a date, and a digit or X."""
    name = "身份证号"
    if len(value) != LENGTH:
        return _wrong_length(name, value), "请对照身份证填写18位号码"
    if not re.fullmatch(r"[0-9]{17}[0-9Xx]", value):
        return f"{name}只用半角数字，最后一位可为X，填报的含有其他字符", "请对照身份证核对"
    if not _is_day(value[6:14]):
        return f"{name}第7至14位不是有效的出生日期", "请对照身份证核对出生日期"
    return None


def _wrong_length(name: str, value: str) -> str:
    return f"{name}应为{LENGTH}位，填报的是{len(value)}位"


def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
