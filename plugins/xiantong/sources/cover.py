"""The cover note: what a sender says beside the file itself.

``<name>.cover.json`` beside ``<name>`` in the inbox names the period and the reporter where the file
does not, and carries explanations of warnings for files that have no place for them (CSV, JSON, an
upload form). It is laid down before the file, and belongs to that one delivery for ever.
"""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from xiantong.parsing.model import Explanation
from xiantong.periods import Period

SUFFIX = ".cover.json"
MOST_BYTES = 8_000_000


class CoverError(ValueError):
    """A cover note that cannot be read."""


class CoverExplanation(BaseModel):
    """An explanation for one rule, or for one row of a sheet, or for both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(max_length=2_000)
    rule_id: str | None = None
    sheet: str | None = None
    row: int | None = None


class Cover(BaseModel):
    """``period`` as its label (``2023-10``), ``handed_in_by`` the user of the web pages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    period: str | None = None
    reporter_code: str | None = None
    handed_in_by: str | None = None
    explanations: tuple[CoverExplanation, ...] = ()

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Raises ``CoverError`` for what is no cover note."""
        try:
            cover = cls.model_validate_json(content)
            cover.given_period  # noqa: B018  a period that is none is told now
        except ValidationError as error:
            places = {".".join(map(str, problem["loc"])) or "file" for problem in error.errors()}
            raise CoverError(f"wrong: {', '.join(sorted(places))}") from error
        except ValueError as error:
            raise CoverError(str(error)) from error
        return cover

    @property
    def given_period(self) -> Period | None:
        return Period(self.period) if self.period else None

    @property
    def given_explanations(self) -> tuple[Explanation, ...]:
        return tuple(Explanation(e.text, e.rule_id, e.sheet, e.row) for e in self.explanations)

    def as_bytes(self) -> bytes:
        return self.model_dump_json(exclude_none=True, indent=1).encode()
