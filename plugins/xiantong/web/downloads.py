"""Files for download, with names that every browser understands."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from fastapi.responses import FileResponse, Response

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
BINARY = "application/octet-stream"
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def attachment(content: bytes, name: str, media_type: str = BINARY) -> Response:
    return Response(content, media_type=media_type, headers=_HEADERS | _disposition(name))


def file_attachment(path: Path, name: str, media_type: str = BINARY) -> FileResponse:
    return FileResponse(path, media_type=media_type, headers=_HEADERS | _disposition(name))


def _disposition(name: str) -> dict[str, str]:
    # Control characters cannot be in a header; everything else is encoded.
    clean = "".join(c for c in name if c.isprintable()) or "download"
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(clean, safe='')}"}
