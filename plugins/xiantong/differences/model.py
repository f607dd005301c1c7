"""A difference as people and programs read it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from xiantong.answers import duplicate_sentence
from xiantong.ledger.differences import Basis, DifferenceCounts
from xiantong.ledger.model import Status, Submission


class DifferenceError(Exception):
    """There is nothing to compare; the message says why."""


class RowKind(StrEnum):
    """What happened to a row. A row that is ``kept`` is counted but not listed."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell before and after, as canonical text (None = blank).

    Personal values are masked; of a sensitive one only is said that it changed: both sides are the
    mask. ``old`` is None in added rows, ``new`` in removed ones.
    """

    column: str
    header: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that differs. ``key`` maps the headers of the key to its (masked) values; ``sheet``
    and ``row`` are the place in the newer file, ``base_sheet`` and ``base_row`` in the older."""

    kind: RowKind
    key: dict[str, str | None]
    sheet: str | None
    row: int | None
    base_sheet: str | None
    base_row: int | None
    cells: tuple[CellChange, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What ``submission`` changed against ``base``, an earlier one of the same report.

    ``rows`` are those that were asked for of ``counts.row_cnt``, in the order of the newer file,
    removed rows last. ``headers`` names the columns of ``counts.cell_counts`` in Chinese.
    """

    submission: Submission
    base: Submission
    counts: DifferenceCounts
    headers: dict[str, str]
    rows: tuple[RowChange, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True where no row differs."""
        return not self.counts.row_cnt and self.counts.basis is not Basis.UNREADABLE

    @property
    def sentence_zh(self) -> str:
        """The difference in one sentence, for its reporter."""
        if self.submission.status is Status.DUPLICATE:
            return duplicate_sentence(self.submission, self.base)
        before = f"与第{self.base.revision}版（{_STATUS_ZH[self.base.status]}）相比"
        counts = self.counts
        if counts.basis is Basis.UNREADABLE:
            return f"{before}：有一个文件无法读取，不能逐项比较。"
        if self.is_empty:
            return f"{before}：数据没有变化。"
        parts = [
            f"{word} {count:,} 行"
            for word, count in (
                ("新增", counts.added_cnt),
                ("删除", counts.removed_cnt),
                ("修改", counts.changed_cnt),
            )
            if count
        ]
        cells = f"（{counts.cell_cnt:,} 个单元格）" if counts.cell_cnt else ""
        kept = f"；另有 {counts.kept_cnt:,} 行未再报送，继续有效" if counts.kept_cnt else ""
        return f"{before}：{'、'.join(parts)}{cells}，{counts.unchanged_cnt:,} 行不变{kept}。"

    def as_json(self) -> dict[str, Any]:
        """Machine form: who and what, counts, changed cells per column, rows."""
        s, b = self.submission, self.base
        return {
            "submission_id": s.id,
            "base_id": b.id,
            "dataset": str(s.dataset),
            "period": s.period and s.period.label,
            "reporter_code": s.reporter_code,
            "revision": s.revision,
            "status": s.status.value,
            "base_revision": b.revision,
            "base_status": b.status.value,
            "basis": self.counts.basis.value,
            "sentence_zh": self.sentence_zh,
            "added": self.counts.added_cnt,
            "removed": self.counts.removed_cnt,
            "kept": self.counts.kept_cnt,
            "changed": self.counts.changed_cnt,
            "unchanged": self.counts.unchanged_cnt,
            "changed_cells": self.counts.cell_cnt,
            "columns": [
                {"column": name, "header": self.headers.get(name, name), "changed_cells": count}
                for name, count in self.counts.cell_counts.items()
            ],
            "rows": [asdict(row) for row in self.rows],
        }


_STATUS_ZH = {Status.ACCEPTED: "已受理", Status.RETURNED: "已退回", Status.DUPLICATE: "重复"}
