"""Cell comments: the comments part and the shapes that show them, both edited as text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from xml.sax.saxutils import escape

from xiantong.returns.marks import Place
from xiantong.returns.sheet_xml import clean, letter, split_address
from xiantong.returns.styles import MAIN

AUTHOR = "县统审核"
# Stands in front of what we add to a comment that somebody else wrote.
_ADDED = "〔审核意见〕"
BLANK_COMMENTS = (
    f'<comments xmlns="{MAIN}"><authors></authors><commentList></commentList></comments>'
)
# Programs call these namespaces as they like, so ours are declared on every shape.
_NAMESPACES = (
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
BLANK_SHAPES = (
    f'<xml {_NAMESPACES}><o:shapelayout v:ext="edit">'
    '<o:idmap v:ext="edit" data="1"/></o:shapelayout></xml>'
)
_SHAPE_TYPE = (
    f'<v:shapetype {_NAMESPACES} id="_x0000_t202" coordsize="21600,21600" o:spt="202" '
    'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
    '<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_SHAPE = re.compile(r"<(\w+):shape\s.*?</\1:shape>", re.DOTALL)
_WIDTH_POINTS = 230
_CHARACTERS_PER_LINE = 19


def comments_xml(existing: str, notes: Mapping[Place, str]) -> str:
    """The comments part with our notes; a note on a commented cell is added to that comment."""
    prefix = _prefix(existing, "comments")
    existing, author = _author(existing, prefix)
    added = []
    commented = set(re.findall(rf"""<{prefix}comment\s[^>]*\bref=["'](\w+)["']""", existing))
    for place, text in sorted(notes.items()):
        cell = f"{letter(place[1])}{place[0]}"
        old = _comment_at(existing, prefix, cell) if cell in commented else None
        runs = _runs(f"\n{_ADDED}\n{text}" if old else text, prefix)
        if old:
            end = existing.index(f"</{prefix}text>", old.start())
            existing = existing[:end] + runs + existing[end:]
        else:
            added.append(
                f'<{prefix}comment ref="{cell}" authorId="{author}"><{prefix}text>{runs}'
                f"</{prefix}text></{prefix}comment>"
            )
    return _insert(existing, f"{prefix}commentList", "".join(added))


def shapes_xml(existing: str, places: set[Place], texts: Mapping[Place, str]) -> str:
    """The shapes part with one hidden box for each place that has none yet."""
    known = {_shape_place(shape) for shape in _shapes(existing)}
    number = max((int(n) for n in re.findall(r"_x0000_s(\d+)", existing)), default=1024)
    added = [] if "_x0000_t202" in existing else [_SHAPE_TYPE]
    for place in sorted(places - known):
        number += 1
        added.append(_shape(number, place, texts.get(place, "")))
    end = existing.rindex("</xml>")
    return existing[:end] + "".join(added) + existing[end:]


def without_our_notes(comments: str, shapes: str) -> tuple[str, str]:
    """Both parts without the comments of an earlier return."""
    prefix = _prefix(comments, "comments")
    authors = re.findall(rf"<{prefix}author>(.*?)</{prefix}author>|<{prefix}author/>", comments)
    ours = {str(n) for n, name in enumerate(authors) if unescape(name) == AUTHOR}
    gone = set()
    for match in re.finditer(
        rf"<{prefix}comment\s([^>]*)>.*?</{prefix}comment>", comments, re.DOTALL
    ):
        attributes = dict(re.findall(r"""(\w+)=["']([^"']*)["']""", match[1]))
        place = split_address(attributes.get("ref", ""))
        if attributes.get("authorId") in ours and place:
            gone.add(place)
            comments = comments.replace(match[0], "", 1)
    for shape in _shapes(shapes):
        if _shape_place(shape) in gone:
            shapes = shapes.replace(shape, "", 1)
    added = rf"<{prefix}r>(?:(?!</{prefix}r>).)*{_ADDED}.*?</{prefix}r>"
    return re.sub(added, "", comments, flags=re.DOTALL), shapes


def _prefix(xml: str, root: str) -> str:
    match = re.search(rf"<(\w+:)?{root}\b", xml)
    return (match[1] or "") if match else ""


def _author(xml: str, prefix: str) -> tuple[str, int]:
    authors = re.findall(rf"<{prefix}author>(.*?)</{prefix}author>|<{prefix}author/>", xml)
    if AUTHOR in authors:
        return xml, authors.index(AUTHOR)
    return _insert(xml, f"{prefix}authors", f"<{prefix}author>{AUTHOR}</{prefix}author>"), len(
        authors
    )


def _insert(xml: str, tag: str, content: str) -> str:
    if f"</{tag}>" in xml:
        return xml.replace(f"</{tag}>", f"{content}</{tag}>", 1)
    return re.sub(rf"<{tag}\s*/>", lambda _: f"<{tag}>{content}</{tag}>", xml, count=1)


def _comment_at(xml: str, prefix: str, cell: str) -> re.Match[str] | None:
    return re.search(rf"""<{prefix}comment\s[^>]*\bref=["']{cell}["'][^>]*>""", xml)


def _runs(text: str, prefix: str) -> str:
    return (
        f'<{prefix}r><{prefix}rPr><{prefix}sz val="9"/><{prefix}rFont val="宋体"/></{prefix}rPr>'
        f'<{prefix}t xml:space="preserve">{escape(clean(text))}</{prefix}t></{prefix}r>'
    )


def _shapes(xml: str) -> list[str]:
    return [match[0] for match in _SHAPE.finditer(xml)]


def _shape_place(shape: str) -> Place | None:
    row, column = (re.search(rf"<\w+:{name}>\s*(\d+)\s*</", shape) for name in ("Row", "Column"))
    return (int(row[1]) + 1, int(column[1]) + 1) if row and column else None


def _shape(number: int, place: Place, text: str) -> str:
    lines = sum(1 + len(line) // _CHARACTERS_PER_LINE for line in text.splitlines())
    height = min(320, 14 + 12 * max(3, lines))
    return (
        f'<v:shape {_NAMESPACES} id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;'
        f"margin-left:60pt;margin-top:1.5pt;width:{_WIDTH_POINTS}pt;height:{height}pt;z-index:1;"
        'visibility:hidden" fillcolor="#fffbe6" strokecolor="#b8a46a" o:insetmode="auto">'
        '<v:fill color2="#fffbe6"/><v:shadow color="black" obscured="t"/>'
        '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto">'
        '<div style="text-align:left"></div></v:textbox><x:ClientData ObjectType="Note">'
        "<x:MoveWithCells/><x:SizeWithCells/><x:AutoFill>False</x:AutoFill>"
        f"<x:Row>{place[0] - 1}</x:Row><x:Column>{place[1] - 1}</x:Column></x:ClientData></v:shape>"
    )
