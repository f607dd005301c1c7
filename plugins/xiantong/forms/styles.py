"""The look that all parts of a form share."""

from __future__ import annotations

from openpyxl.styles import Alignment, Border, Protection, Side

FONT = "宋体"
_THIN = Side(style="thin", color="FF7F8B99")
BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
OPEN = Protection(locked=False)
