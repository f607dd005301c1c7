"""零报告: the words by which a reporter says that in the period nothing occurred."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

NIL = "零报告"
_KEYS = ("nil", NIL)
_MARKS = re.compile(r"[\s\"'“”‘’「」『』()\[\]【】.,:;!。、，；：！]")
_WORDS = re.compile(
    r"零报告|(?:本期|本[年月季]|本年度|本季度|本学期)?(?:确)?无(?:发生|新增|变化|变动)?"
)


def says_nil(text: str) -> bool:
    """True for 零报告, 本期无发生, 无 and the like, with or without quotes and full stop."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKC", text))
    return _WORDS.fullmatch(plain) is not None


def envelope_says_nil(envelope: Mapping[str, Any]) -> bool:
    """True for a JSON envelope with ``"nil": true``."""
    return any(envelope.get(key) is True for key in _KEYS)
