"""Recognising a reporter by its code or by its name as forms write it."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract, Reporter
from xiantong.parsing.identity import Same

_SUFFIX = re.compile(r"(?:人民政府|办事处|政府|管理委员会|管委会)$")
_NOT_NAME = re.compile(r"[\s(（\[【].*?[)）\]】]|\s")
_LEVELS = ("province", "prefecture", "county")


@dataclass(frozen=True)
class ReporterIndex:
    """All reporters by code and by every spelling of their name, exact spellings first."""

    by_code: dict[str, Reporter]
    spellings: tuple[dict[str, list[Reporter]], ...]
    prefixes: tuple[str, ...]

    def named(self, text: str, contract: Contract) -> list[Reporter]:
        """Reporters that ``text`` may mean for a dataset: none, one, or several namesakes."""
        for spelling, known in zip(self._spellings(text), self.spellings, strict=True):
            if found := known.get(spelling):
                return _of_department(found, contract)
        return []

    def _spellings(self, text: str) -> tuple[str, str, str]:
        return _spellings(text, self.prefixes)

    def in_file_name(self, stem: str, contract: Contract) -> list[Reporter]:
        """Reporters named in a file name, by code or by name."""
        text = unicodedata.normalize("NFKC", stem)
        for token in re.split(r"[_\s\-—()（）\[\]【】.]+", text):
            if token in self.by_code:
                return [self.by_code[token]]
        codes = [code for code in self.by_code if len(code) >= 10 and code in text]
        if codes:
            return [self.by_code[max(codes, key=len)]]
        for known in self.spellings:
            names = [name for name in known if len(name) >= 3 and name in text]
            if names:
                return _of_department(known[max(names, key=len)], contract)
        return []


def reporter_index(catalogue: Catalogue) -> ReporterIndex:
    return _build(Same(catalogue))


@lru_cache(maxsize=8)
def _build(key: Same[Catalogue]) -> ReporterIndex:
    catalogue = key.value
    areas = [a.area_name for a in catalogue.areas if a.area_level in _LEVELS]
    prefixes = tuple(sorted(set(areas), key=len, reverse=True))
    spellings: tuple[dict[str, list[Reporter]], ...] = tuple(defaultdict(list) for _ in range(3))
    for reporter in catalogue.reporters:
        for known, spelling in zip(
            spellings, _spellings(reporter.reporter_name, prefixes), strict=True
        ):
            known[spelling].append(reporter)
    return ReporterIndex(catalogue.reporter_by_code, tuple(map(dict, spellings)), prefixes)


def _spellings(name: str, prefixes: tuple[str, ...]) -> tuple[str, str, str]:
    """The name itself, without its suffix, and without the areas it begins with."""
    text = _NOT_NAME.sub("", unicodedata.normalize("NFKC", name))
    short = _SUFFIX.sub("", text) or text
    local, changed = short, True
    while changed:
        changed = False
        for prefix in prefixes:
            if local.startswith(prefix) and len(local) > len(prefix) + 1:
                local, changed = local[len(prefix) :], True
    if local == short and short[:1] in "省市县" and len(short) > 3:
        local = short[1:]
    return text, short, local


def _of_department(reporters: list[Reporter], contract: Contract) -> list[Reporter]:
    """Of bureaus with one name the one that owes the dataset."""
    own = [r for r in reporters if r.department == contract.id.department]
    return own or reporters
