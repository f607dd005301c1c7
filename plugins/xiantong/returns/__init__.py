"""Returns: the reporter's own workbook with its findings marked and a sheet of what to do."""

from xiantong.returns.writer import REVIEW_SHEET, findings_csv_path, write_return

__all__ = [
    "REVIEW_SHEET",
    "findings_csv_path",
    "write_return",
]
