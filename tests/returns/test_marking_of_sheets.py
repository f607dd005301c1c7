"""Cells are marked while the worksheet streams by, whatever its writer made of the format."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiantong.contracts.model import Severity
from xiantong.returns import marks
from xiantong.returns.errors import UnpatchableError
from xiantong.returns.notes import BLANK_COMMENTS, comments_xml, without_our_notes
from xiantong.returns.styles import BLANK, StyleBook

ERROR = Severity.ERROR


def marked(xml: str, fills: dict[tuple[int, int], Severity], drawing: str | None = None) -> str:
    restyled = marks.marked_sheet(
        io.BytesIO(xml.encode()), fills, lambda base, _: base + 100, drawing
    )
    return b"".join(restyled).decode()


def sheet(rows: str, tail: str = "") -> str:
    return f'<worksheet><sheetViews><sheetView tabSelected="1"/></sheetViews><sheetData>{rows}</sheetData>{tail}</worksheet>'


def test_existing_cell_gets_the_derived_format_and_keeps_its_value():
    xml = sheet(
        '<row r="3" spans="1:2"><c r="A3"><v>1</v></c><c r="B3" s="7" t="s"><v>2</v></c></row>'
    )
    assert '<row r="3"><c r="A3"><v>1</v></c><c r="B3" t="s" s="107"><v>2</v></c></row>' in re.sub(
        r'( s="107")( t="s")', r"\2\1", marked(xml, {(3, 2): ERROR})
    )


def test_missing_cells_and_rows_are_added_in_order():
    xml = sheet('<row r="2"><c r="B2"/></row><row r="5" s="4" customFormat="1"/>')
    out = marked(xml, {(1, 1): ERROR, (2, 1): ERROR, (2, 3): ERROR, (5, 2): ERROR, (9, 1): ERROR})
    assert re.findall(r'<c r="(\w+)"', out) == ["A1", "A2", "B2", "C2", "B5", "A9"]
    assert re.findall(r'<row r="(\d+)"', out) == ["1", "2", "5", "9"]
    assert '<c r="B5" s="104"/>' in out


def test_rows_and_cells_without_numbers_are_counted():
    out = marked(
        sheet("<row><c/><c/></row><row><c><v>1</v></c><c><v>2</v></c></row>"), {(2, 2): ERROR}
    )
    assert '<row><c/><c/></row><row><c><v>1</v></c><c s="100"><v>2</v></c></row>' in out


def test_prefixed_elements_are_understood():
    xml = '<x:worksheet xmlns:x="m"><x:sheetData><x:row r="1"><x:c r="A1" s="1"/></x:row></x:sheetData></x:worksheet>'
    out = marked(xml, {(1, 1): ERROR, (1, 2): ERROR}, "rId9")
    assert '<x:c r="A1" s="101"/><x:c r="B1" s="100"/></x:row></x:sheetData><x:legacyDrawing' in out


def test_empty_sheet_can_be_marked():
    out = marked("<worksheet><sheetData/></worksheet>", {(4, 2): ERROR})
    assert '<sheetData><row r="4"><c r="B4" s="100"/></row></sheetData>' in out


def test_comments_are_anchored_where_the_standard_wants_them():
    tail = '<conditionalFormatting><cfRule><extLst><ext/></extLst></cfRule></conditionalFormatting><dataValidation prompt="a>b"/><drawing r:id="rId1"/><tableParts/><extLst/>'
    out = marked(sheet("", tail), {}, "rId9")
    assert re.search(r'<drawing r:id="rId1"/><legacyDrawing [^>]*r:id="rId9"/><tableParts/>', out)


def test_no_original_sheet_stays_selected():
    assert "tabSelected" not in marked(sheet(""), {})


def test_sheet_that_ends_early_is_refused():
    with pytest.raises(UnpatchableError):
        marked('<worksheet><sheetData><row r="1"><c r="A1"/>', {(3, 1): ERROR})


@given(
    st.lists(st.integers(1, 60), unique=True, max_size=20).map(sorted),
    st.sets(st.tuples(st.integers(1, 70), st.integers(1, 6)), max_size=12),
    st.integers(1, 90),
)
def test_pieces_of_any_size_give_the_same_sheet(rows, places, size):
    body = "".join(
        f'<row r="{n}">{"".join(f"<c r={chr(34)}{c}{n}{chr(34)}><v>{n}</v></c>" for c in "ABD")}</row>'
        for n in rows
    )
    fills = dict.fromkeys(places, ERROR)
    whole = marked(sheet(body, "<pageMargins/>"), fills)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marks, "CHUNK", size)
        assert marked(sheet(body, "<pageMargins/>"), fills) == whole
    addresses = set(re.findall(r'<c (?=[^>]*s="100")[^>]*r="(\w+)"', whole))
    assert addresses == {f"{chr(64 + c)}{r}" for r, c in places}
    numbers = [int(n) for n in re.findall(r'<row r="(\d+)"', whole)]
    assert numbers == sorted(set(rows) | {r for r, _ in places})


def test_formats_are_added_behind_the_existing_ones_and_used_again():
    styles = StyleBook(BLANK)
    fill = styles.solid_fill("FFFFC9C6")
    first = styles.filled(0, fill)
    assert first == styles.filled(0, fill) == 1
    assert styles.quoted(first) == 2
    assert 'cellXfs count="3"' in styles.xml()
    assert StyleBook(styles.xml()).xml() == styles.xml()


def test_format_that_does_not_exist_is_refused():
    with pytest.raises(UnpatchableError):
        StyleBook(BLANK).filled(99, 0)


def test_our_notes_are_taken_away_and_foreign_ones_kept():
    foreign = '<comments><authors><author>张三</author></authors><commentList><comment ref="A1" authorId="0"><text><r><t>自己的</t></r></text></comment></commentList></comments>'
    noted = comments_xml(foreign, {(1, 1): "甲", (2, 2): "乙"})
    assert "甲" in noted
    cleaned, _ = without_our_notes(noted, "<xml></xml>")
    assert "自己的" in cleaned
    assert "甲" not in cleaned
    assert "乙" not in cleaned
    assert "<comment " in comments_xml(BLANK_COMMENTS, {(1, 1): "a & <b>"})
    assert "a &amp; &lt;b&gt;" in comments_xml(BLANK_COMMENTS, {(1, 1): "a & <b>"})
