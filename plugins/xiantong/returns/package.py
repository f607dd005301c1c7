"""A workbook as the zip of parts that it is: marked copies keep every part that is not ours.

Charts, pictures, formulas with their last results, pivot tables and the department's own formats
stay as they are, byte for byte; macros are left out. Output depends on the input only.
"""

from __future__ import annotations

import errno
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from xiantong.contracts.model import Severity
from xiantong.returns.errors import UnpatchableError
from xiantong.returns.marks import SheetMarks, marked_sheet
from xiantong.returns.notes import (
    BLANK_COMMENTS,
    BLANK_SHAPES,
    comments_xml,
    shapes_xml,
    without_our_notes,
)
from xiantong.returns.sheet_xml import RELATIONS, Sheet, sheet_xml
from xiantong.returns.styles import BLANK, MAIN, StyleBook

# An unpacked workbook beyond this is a bomb, not a county's form.
MAX_UNPACKED = 4 << 30
# Compressing big parts well costs more seconds than the megabytes are worth.
BIG_PART = 16 << 20
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_PACKAGE_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_PLAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_WORKBOOK_TYPE = f"{_PLAIN}sheet.main+xml"
_WORKBOOK_TYPES = {
    _WORKBOOK_TYPE,
    f"{_PLAIN}template.main+xml",
    "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    "application/vnd.ms-excel.template.macroEnabled.main+xml",
}
_MACRO_RELATION = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
# What the libraries raise for damaged, encrypted or hostile files.
_DAMAGE = (zipfile.BadZipFile, zlib.error, ElementTree.ParseError, EOFError, KeyError, OSError,
           RuntimeError, ValueError)  # fmt: skip
_FAULTS_OF_THE_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EIO}
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass
class _Relation:
    id: str
    type: str
    target: str
    external: bool = False


@dataclass
class _SheetPart:
    """A sheet as the workbook lists it; ``element`` is its own tag."""

    name: str
    relation: str
    element: str
    path: str


@dataclass
class _Parts:
    """New content of parts by path, and the paths of parts that go."""

    written: dict[str, bytes | Callable[[], Iterable[bytes]]] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    types: dict[str, str] = field(default_factory=dict)


def write_workbook(sheets: Sequence[tuple[Sheet, StyleBook]], out: Path) -> None:
    """Write a new workbook of the given sheets; all share the last ``StyleBook``."""
    styles = sheets[-1][1] if sheets else StyleBook()
    overrides = [("/xl/workbook.xml", _WORKBOOK_TYPE), ("/xl/styles.xml", f"{_PLAIN}styles+xml")]
    relations = [_Relation("rIdStyles", f"{RELATIONS}/styles", "xl/styles.xml")]
    entries, names = "", ""
    for n, (sheet, _) in enumerate(sheets, start=1):
        overrides.append((f"/xl/worksheets/sheet{n}.xml", f"{_PLAIN}worksheet+xml"))
        relations.append(
            _Relation(f"rId{n}", f"{RELATIONS}/worksheet", f"xl/worksheets/sheet{n}.xml")
        )
        entries += f'<sheet name={quoteattr(sheet.name)} sheetId="{n}" r:id="rId{n}"/>'
        names += _defined_names(sheet, n - 1)
    workbook = (
        f'{_DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><bookViews><workbookView/>'
        f"</bookViews><sheets>{entries}</sheets>"
        f"{f'<definedNames>{names}</definedNames>' if names else ''}</workbook>"
    )
    root = [_Relation("rId1", f"{RELATIONS}/officeDocument", "xl/workbook.xml")]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        _write(target, "[Content_Types].xml", [_types_xml({}, dict(overrides))])
        _write(target, "_rels/.rels", [_relations_xml(root)])
        _write(target, "xl/workbook.xml", [workbook.encode()])
        _write(target, "xl/_rels/workbook.xml.rels", [_relations_xml(relations)])
        for n, (sheet, _) in enumerate(sheets, start=1):
            _write(target, f"xl/worksheets/sheet{n}.xml", sheet_xml(sheet, styles))
        # Last, because writing the cells may add formats.
        _write(target, "xl/styles.xml", [styles.xml().encode()])


class WorkbookPatch:
    """An existing workbook that gets marks and one more sheet in front.

    Raises ``UnpatchableError`` for everything that is no ordinary workbook: damaged, encrypted,
    binary or strict format, absurdly large.
    """

    def __init__(self, original: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(original)
            self._infos = {info.filename: info for info in self._zip.infolist()}
            self._open()
        except _DAMAGE as error:
            raise _unpatchable("not a workbook", error) from error

    def _open(self) -> None:
        if sum(info.file_size for info in self._infos.values()) > MAX_UNPACKED:
            raise UnpatchableError("the workbook is too large when unpacked")
        root = self._relations("")
        self._book = next((r.target for r in root if r.type == f"{RELATIONS}/officeDocument"), "")
        self._defaults, self._overrides = self._content_types()
        if self._overrides.get(f"/{self._book}") not in _WORKBOOK_TYPES:
            raise UnpatchableError("the zip is no workbook of the ordinary format")
        self._book_relations = self._relations(self._book)
        self._book_xml = self._text(self._book)
        targets = {r.id: r.target for r in self._book_relations}
        self._prefix = _root_prefix(self._book_xml, "workbook")
        self._sheets = [
            _SheetPart(unescape(name[2]), rid[2], tag, targets[rid[2]])
            for tag in re.findall(rf"<{self._prefix}sheet\s[^>]*>", self._book_xml)
            if (name := re.search(r"""\sname=(["'])(.*?)\1""", tag))
            and (rid := re.search(r"""\s\w+:id=(["'])(.*?)\1""", tag))
        ]
        if not self._sheets:
            raise UnpatchableError("the workbook has no sheets")
        self._styles_path = next(
            (r.target for r in self._book_relations if r.type == f"{RELATIONS}/styles"), None
        )
        self.styles = StyleBook(self._text(self._styles_path) if self._styles_path else BLANK)

    @property
    def sheet_names(self) -> list[str]:
        return [sheet.name for sheet in self._sheets]

    def close(self) -> None:
        self._zip.close()

    def write(
        self,
        out: Path,
        review: Callable[[StyleBook], Sheet],
        marks: Mapping[str, SheetMarks],
        colours: Mapping[Severity, str],
    ) -> None:
        """Write the marked copy. A sheet with the name of the review is an earlier one and goes."""
        try:
            self._write(out, review, marks, colours)
        except _DAMAGE as error:
            raise _unpatchable("the workbook is damaged", error) from error

    def _write(
        self,
        out: Path,
        review: Callable[[StyleBook], Sheet],
        marks: Mapping[str, SheetMarks],
        colours: Mapping[Severity, str],
    ) -> None:
        parts = _Parts()
        self.styles.remove_fills(set(colours.values()))
        fills = {severity: self.styles.solid_fill(rgb) for severity, rgb in colours.items()}

        @cache
        def restyle(base: int, severity: Severity) -> int:
            return self.styles.filled(base, fills[severity]) if severity in fills else base

        sheet = review(self.styles)
        self._drop_macros(parts)
        earlier = next((n for n, s in enumerate(self._sheets) if s.name == sheet.name), None)
        for part in self._sheets:
            if part.name == sheet.name:
                self._drop_sheet(parts, part)
            else:
                self._mark_sheet(parts, part, marks.get(part.name, SheetMarks()), restyle)
        self._add_sheet(parts, sheet, earlier)
        parts.written["[Content_Types].xml"] = _types_xml(
            self._defaults | {"vml": "application/vnd.openxmlformats-officedocument.vmlDrawing"},
            {k: v for k, v in self._overrides.items() if k[1:] not in parts.dropped} | parts.types,
        )
        self._save(out, parts)

    def _save(self, out: Path, parts: _Parts) -> None:
        styles_path = self._styles_path or posixpath.join(
            posixpath.dirname(self._book), "styles.xml"
        )
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for name, info in self._infos.items():
                if name in parts.dropped or name in parts.written or name == styles_path:
                    continue
                if not info.is_dir():
                    _write(target, name, self._chunks(name), info.file_size)
            for name, content in parts.written.items():
                size = self._infos[name].file_size if name in self._infos else 0
                _write(target, name, [content] if isinstance(content, bytes) else content(), size)
            # Last, because marking the cells adds formats.
            _write(target, styles_path, [self.styles.xml().encode()])

    def _chunks(self, name: str) -> Iterator[bytes]:
        with self._zip.open(name) as source:
            while chunk := source.read(1 << 20):
                yield chunk

    def _drop_macros(self, parts: _Parts) -> None:
        """A workbook with macros comes back without them; nobody should run what we send."""
        for relation in self._book_relations:
            if relation.type == _MACRO_RELATION:
                parts.dropped |= {relation.target, _relations_path(relation.target)}
        self._book_relations = [r for r in self._book_relations if r.type != _MACRO_RELATION]
        parts.types[f"/{self._book}"] = _WORKBOOK_TYPE

    def _drop_sheet(self, parts: _Parts, part: _SheetPart) -> None:
        parts.dropped |= {part.path, _relations_path(part.path)}
        self._book_relations = [r for r in self._book_relations if r.id != part.relation]
        self._book_xml = self._book_xml.replace(part.element, "", 1)

    def _mark_sheet(
        self,
        parts: _Parts,
        part: _SheetPart,
        marks: SheetMarks,
        restyle: Callable[[int, Severity], int],
    ) -> None:
        drawing = self._write_notes(parts, part, marks)

        def content() -> Iterable[bytes]:
            with self._zip.open(part.path) as source:
                yield from marked_sheet(source, marks.fills, restyle, drawing)

        parts.written[part.path] = content

    def _write_notes(self, parts: _Parts, part: _SheetPart, marks: SheetMarks) -> str | None:
        """Write the sheet's comments; returns the relation that its part has to name, if new."""
        relations = self._relations(part.path)
        comments = next((r for r in relations if r.type == f"{RELATIONS}/comments"), None)
        shapes = next((r for r in relations if r.type == f"{RELATIONS}/vmlDrawing"), None)
        comments_text = self._text(comments.target) if comments else BLANK_COMMENTS
        shapes_text = self._text(shapes.target) if shapes else BLANK_SHAPES
        if comments:
            comments_text, shapes_text = without_our_notes(comments_text, shapes_text)
        elif not marks.notes:
            return None
        stem = posixpath.splitext(posixpath.basename(part.path))[0]
        folder = posixpath.dirname(self._book)
        if not comments:
            comments = _Relation(
                _free("rIdNotes", {r.id for r in relations}),
                f"{RELATIONS}/comments",
                _free(f"{folder}/comments_{stem}.xml", self._infos),
            )
            relations.append(comments)
            parts.types[f"/{comments.target}"] = f"{_PLAIN}comments+xml"
        is_new = shapes is None
        if shapes is None:
            shapes = _Relation(
                _free("rIdNoteShapes", {r.id for r in relations}),
                f"{RELATIONS}/vmlDrawing",
                _free(f"{folder}/drawings/notes_{stem}.vml", self._infos),
            )
            relations.append(shapes)
        parts.written[comments.target] = comments_xml(comments_text, marks.notes).encode()
        parts.written[shapes.target] = shapes_xml(
            shapes_text, set(marks.notes), marks.notes
        ).encode()
        parts.written[_relations_path(part.path)] = _relations_xml(relations)
        return shapes.id if is_new else None

    def _add_sheet(self, parts: _Parts, sheet: Sheet, earlier: int | None) -> None:
        kept = self._infos.keys() - parts.dropped
        path = _free(f"{posixpath.dirname(self._book)}/worksheets/review.xml", kept)
        relation = _free("rIdReview", {r.id for r in self._book_relations})
        parts.types[f"/{path}"] = f"{_PLAIN}worksheet+xml"
        parts.dropped.discard(path)
        parts.written[path] = lambda: sheet_xml(sheet, self.styles)
        self._book_relations.append(_Relation(relation, f"{RELATIONS}/worksheet", path))
        if self._styles_path is None:
            styles = f"{posixpath.dirname(self._book)}/styles.xml"
            self._book_relations.append(_Relation("rIdStyles", f"{RELATIONS}/styles", styles))
            parts.types[f"/{styles}"] = f"{_PLAIN}styles+xml"
        parts.written[_relations_path(self._book)] = _relations_xml(self._book_relations)
        parts.written[self._book] = self._workbook_with(sheet, relation, earlier).encode()

    def _workbook_with(self, sheet: Sheet, relation: str, earlier: int | None) -> str:
        p, xml = self._prefix, self._book_xml
        number = (
            max(int(n) for n in re.findall(r"""\bsheetId=["'](\d+)""", self._text(self._book))) + 1
        )
        entry = (
            f'<{p}sheet xmlns:r="{RELATIONS}" name={quoteattr(sheet.name)} sheetId="{number}" '
            f'r:id="{relation}"/>'
        )
        xml = re.sub(rf"(<{p}sheets(?:\s[^>]*)?>)", lambda m: m[1] + entry, xml, count=1)
        xml = re.sub(r"""\s(?:activeTab|firstSheet)=["']\d+["']""", "", xml)
        xml = _shift_local_names(xml, p, earlier)
        names = _defined_names(sheet, 0, p)
        if f"</{p}definedNames>" in xml:
            return xml.replace(f"</{p}definedNames>", f"{names}</{p}definedNames>", 1)
        element = f"<{p}definedNames>{names}</{p}definedNames>"
        anchors = ("externalReferences", "functionGroups", "sheets")
        for anchor in anchors:
            match = re.search(rf"</{p}{anchor}>|<{p}{anchor}(?:\s[^>]*)?/>", xml)
            if match:
                return xml[: match.end()] + element + xml[match.end() :]
        return xml

    def _text(self, path: str) -> str:
        data = self._zip.read(path)
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")

    def _relations(self, path: str) -> list[_Relation]:
        """Relations of a part, targets as paths inside the zip."""
        own = _relations_path(path)
        if own not in self._infos:
            return []
        relations = []
        for element in ElementTree.fromstring(self._zip.read(own)):
            external = element.get("TargetMode") == "External"
            target = element.get("Target", "")
            if not external:
                target = posixpath.normpath(
                    posixpath.join("/", posixpath.dirname(path), target)
                ).lstrip("/")
            relations.append(
                _Relation(element.get("Id", ""), element.get("Type", ""), target, external)
            )
        return relations

    def _content_types(self) -> tuple[dict[str, str], dict[str, str]]:
        root = ElementTree.fromstring(self._zip.read("[Content_Types].xml"))
        defaults, overrides = {}, {}
        for element in root:
            kind = element.get("ContentType", "")
            if element.tag.endswith("}Default"):
                defaults[element.get("Extension", "")] = kind
            else:
                overrides[element.get("PartName", "")] = kind
        return defaults, overrides


def _unpatchable(what: str, error: Exception) -> Exception:
    """The failure as one of the workbook, unless it is the machine's: a full disk damages nothing."""
    if isinstance(error, OSError) and error.errno in _FAULTS_OF_THE_MACHINE:
        return error
    return UnpatchableError(f"{what}: {error}")


def _shift_local_names(xml: str, prefix: str, earlier: int | None) -> str:
    """Names that belong to one sheet count sheets by position: one came in front, and perhaps an
    earlier review went."""
    if earlier is not None:
        xml = re.sub(
            rf"""<{prefix}definedName\s[^>]*\blocalSheetId=["']{earlier}["'][^>]*>.*?</{prefix}definedName>""",
            "", xml, flags=re.DOTALL,
        )  # fmt: skip

    def shifted(match: re.Match[str]) -> str:
        position = int(match[1])
        return f'localSheetId="{position + 1 - (earlier is not None and position > earlier)}"'

    return re.sub(r"""\blocalSheetId=["'](\d+)["']""", shifted, xml)


def _defined_names(sheet: Sheet, position: int, prefix: str = "") -> str:
    quoted = escape(sheet.name.replace("'", "''"))
    names = ""
    if sheet.filter:
        area = re.sub(r"([A-Z]+)(\d+)", r"$\1$\2", sheet.filter)
        names += (
            f'<{prefix}definedName name="_xlnm._FilterDatabase" localSheetId="{position}" hidden="1">'
            f"'{quoted}'!{area}</{prefix}definedName>"
        )
    if sheet.print_titles:
        first, last = sheet.print_titles
        names += (
            f'<{prefix}definedName name="_xlnm.Print_Titles" localSheetId="{position}">'
            f"'{quoted}'!${first}:${last}</{prefix}definedName>"
        )
    return names


def _root_prefix(xml: str, root: str) -> str:
    match = re.search(rf"<(\w+:)?{root}\b", xml)
    if not match:
        raise UnpatchableError(f"the part has no {root}")
    return match[1] or ""


def _free(name: str, taken: Container[str]) -> str:
    """The name, or the first numbered form of it that is not taken yet."""
    stem, suffix = posixpath.splitext(name)
    number = 1
    while name in taken:
        number += 1
        name = f"{stem}{number}{suffix}"
    return name


def _relations_path(path: str) -> str:
    folder, name = posixpath.split(path)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _relations_xml(relations: Iterable[_Relation]) -> bytes:
    body = "".join(
        f"<Relationship Id={quoteattr(r.id)} Type={quoteattr(r.type)} "
        + (
            f'Target={quoteattr(r.target)} TargetMode="External"/>'
            if r.external
            else f"Target={quoteattr('/' + r.target)}/>"
        )
        for r in relations
    )
    return (
        f'{_DECLARATION}<Relationships xmlns="{_PACKAGE_RELATIONS}">{body}</Relationships>'.encode()
    )


def _types_xml(defaults: Mapping[str, str], overrides: Mapping[str, str]) -> bytes:
    known = {
        "rels": "application/vnd.openxmlformats-package.relationships+xml",
        "xml": "application/xml",
    }
    body = "".join(
        f"<Default Extension={quoteattr(extension)} ContentType={quoteattr(kind)}/>"
        for extension, kind in (known | dict(defaults)).items()
    )
    body += "".join(
        f"<Override PartName={quoteattr(part)} ContentType={quoteattr(kind)}/>"
        for part, kind in overrides.items()
    )
    return f'{_DECLARATION}<Types xmlns="{_TYPES}">{body}</Types>'.encode()


def _write(target: zipfile.ZipFile, name: str, chunks: Iterable[bytes], size: int = 0) -> None:
    info = zipfile.ZipInfo(name, _FIXED_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    # A zip of ready-made infos asks them, and only later versions of Python say so in public.
    info._compresslevel = 1 if size > BIG_PART else 6  # type: ignore[attr-defined]
    with target.open(info, "w", force_zip64=size > 1 << 30) as file:
        for chunk in chunks:
            file.write(chunk)
