"""Adding formats to an existing ``styles.xml`` without touching those that are there.

The part is edited as text: an XML library would drop namespace declarations that spreadsheet
programs insist on.
"""

from __future__ import annotations

import re

from xiantong.returns.errors import UnpatchableError

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MAX_FORMATS = 64_000
BLANK = (
    f'<styleSheet xmlns="{MAIN}">'
    '<fonts count="1"><font><sz val="11"/><name val="宋体"/><family val="3"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="常规" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)
_SECTIONS = {"fonts": "font", "fills": "fill", "borders": "border", "cellXfs": "xf"}


class StyleBook:
    """Formats of a workbook; new ones are appended and numbered behind the existing ones."""

    def __init__(self, xml: str = BLANK) -> None:
        root = re.search(r"<(\w+:)?styleSheet\b", xml)
        if not root:
            raise UnpatchableError("styles.xml has no styleSheet")
        self._prefix = root[1] or ""
        self._xml = xml
        self._items = {name: self._read(name, item) for name, item in _SECTIONS.items()}
        self._known: dict[tuple[str, str], int] = {}
        self._quoted: dict[int, int] = {}

    def font(self, body: str) -> int:
        return self._add("fonts", f"<font>{body}</font>")

    def solid_fill(self, rgb: str) -> int:
        body = f'<patternFill patternType="solid"><fgColor rgb="{rgb}"/><bgColor indexed="64"/></patternFill>'
        return self._add("fills", f"<fill>{body}</fill>")

    def thin_border(self, rgb: str) -> int:
        sides = "".join(
            f'<{side} style="thin"><color rgb="{rgb}"/></{side}>'
            for side in ("left", "right", "top", "bottom")
        )
        return self._add("borders", f"<border>{sides}<diagonal/></border>")

    def cell_format(
        self, *, font: int = 0, fill: int = 0, border: int = 0, number_format: int = 0,
        align: str = 'vertical="center"',
    ) -> int:  # fmt: skip
        """A format; ``align`` are the attributes of its alignment."""
        return self._add(
            "cellXfs",
            f'<xf numFmtId="{number_format}" fontId="{font}" fillId="{fill}" borderId="{border}" '
            f'xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1" '
            f'applyAlignment="1"><alignment {align}/></xf>',
        )

    def filled(self, base: int, fill: int) -> int:
        """The format ``base`` with another fill."""
        return self._variant(base, {"fillId": str(fill), "applyFill": "1"})

    def quoted(self, base: int) -> int:
        """The format ``base`` for text that would be read as a formula when somebody edits it."""
        if base not in self._quoted:
            self._quoted[base] = self._variant(base, {"quotePrefix": "1"})
        return self._quoted[base]

    def remove_fills(self, colours: set[str]) -> None:
        """Take the fills of an earlier return away from all formats that have them."""
        fills = self._items["fills"]
        ours = {
            str(n) for n, fill in enumerate(fills) if any(f'"{rgb}"' in fill for rgb in colours)
        }
        formats = self._items["cellXfs"]
        for n, item in enumerate(formats):
            fill = re.search(r'\bfillId="(\d+)"', item)
            if fill and fill[1] in ours:
                formats[n] = _set_attributes(item, {"fillId": "0"})

    def xml(self) -> str:
        xml = self._xml
        for name, items in self._items.items():
            pattern = self._section(name)
            match = pattern.search(xml)
            assert match
            start = re.sub(r'\scount="\d*"|/>$|>$', "", match["start"])
            body = f'{start} count="{len(items)}">{"".join(items)}</{self._prefix}{name}>'
            xml = xml[: match.start()] + body + xml[match.end() :]
        return xml

    def _section(self, name: str) -> re.Pattern[str]:
        tag = f"{self._prefix}{name}"
        return re.compile(rf"(?P<start><{tag}(?:\s[^>]*)?>)(?P<body>.*?)</{tag}>", re.DOTALL)

    def _read(self, name: str, item: str) -> list[str]:
        match = self._section(name).search(self._xml)
        if not match:
            raise UnpatchableError(f"styles.xml has no {name}")
        tag = f"{self._prefix}{item}"
        element = re.compile(rf"<{tag}(?:\s[^>]*)?/>|<{tag}(?:\s[^>]*)?>.*?</{tag}>", re.DOTALL)
        return element.findall(match["body"])

    def _add(self, section: str, item: str) -> int:
        if self._prefix:
            item = re.sub(r"<(/?)", rf"<\1{self._prefix}", item)
        key = (section, item)
        if key not in self._known:
            self._items[section].append(item)
            self._known[key] = len(self._items[section]) - 1
            if len(self._items["cellXfs"]) > MAX_FORMATS:
                raise UnpatchableError("the workbook has no room for further cell formats")
        return self._known[key]

    def _variant(self, base: int, attributes: dict[str, str]) -> int:
        formats = self._items["cellXfs"]
        if not 0 <= base < len(formats):
            raise UnpatchableError(f"cell format {base} does not exist")
        item = _set_attributes(formats[base], attributes)
        key = ("cellXfs", item)
        if key not in self._known:
            formats.append(item)
            self._known[key] = len(formats) - 1
            if len(formats) > MAX_FORMATS:
                raise UnpatchableError("the workbook has no room for further cell formats")
        return self._known[key]


def _set_attributes(element: str, attributes: dict[str, str]) -> str:
    end = element.index(">")
    closing = "/>" if element[end - 1] == "/" else ">"
    start = element[: end + 1 - len(closing)].rstrip()
    for name, value in attributes.items():
        start = re.sub(rf"\s{name}=(?:\"[^\"]*\"|'[^']*')", "", start)
        start += f' {name}="{value}"'
    return start + closing + element[end + 1 :]
