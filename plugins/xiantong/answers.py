"""Sentences that answer a reporter beyond the findings of the check."""

from __future__ import annotations

from xiantong.county_time import moment_zh
from xiantong.ledger.model import Status, Submission


def duplicate_sentence(duplicate: Submission, earlier: Submission) -> str:
    """Says in plain words that a file is known, which one it is and what became of that."""
    same = "是同一个文件" if duplicate.sha256 == earlier.sha256 else "内容完全相同"
    if earlier.status is Status.ACCEPTED:
        then = "该文件已受理，无需重复报送"
    else:
        then = "该文件已被退回，问题尚未处理，请改正或补充说明后重新报送"
    return (
        f"与{moment_zh(earlier.submitted_at)}报送的「{earlier.file_name}」"
        f"（第{earlier.revision}版）{same}；{then}。"
    )
