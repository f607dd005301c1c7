"""The cover note: what a sender says beside the file itself.

``<name>.cover.json`` beside ``<name>`` in the inbox names the period and the reporter, which a CSV
has no place for, and who handed it in. It is laid down before the file, and belongs to that one
delivery for ever. Explanations lie in a sidecar (``sources.sidecars``).
"""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from xiantong.periods import Period

SUFFIX = ".cover.json"
MOST_BYTES = 10_000


class CoverError(ValueError):
    """A cover note that cannot be read."""


class Cover(BaseModel):
    """``period`` as its label (``2023-10``), ``handed_in_by`` the user of the web pages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    period: str | None = None
    reporter_code: str | None = None
    handed_in_by: str | None = None

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

    def as_bytes(self) -> bytes:
        return self.model_dump_json(exclude_none=True, indent=1).encode()
