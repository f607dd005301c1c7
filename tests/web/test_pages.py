"""What the pages say: the list of things to do, the board, languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.served import FUEL, GOOD_ROW, SPORT, Served
from xiantong.web.texts import ENGLISH

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(600)]

TEMPLATES = Path(__file__).parents[2] / "plugins" / "xiantong" / "web" / "templates"


def test_reporter_lands_on_what_came_back(served: Served) -> None:
    submission = served.latest("2026-05")
    with served.as_user("education") as visitor:
        page = visitor.get("/")
        assert "青澧县教育体育局" in page and "退回，请修改后重新报送" in page
        assert f"/submissions/{submission.id}" in page
        assert f"dataset={SPORT}&amp;period=2026-05" in page


def test_office_lands_on_the_board_of_everybody(served: Served) -> None:
    with served.as_user("county") as office, served.as_user("education") as reporter:
        page = office.get("/")
        assert "报送看板" in page
        assert str(SPORT) in page and str(FUEL) in page
        own = reporter.get("/board")
        assert str(SPORT) in own and str(FUEL) not in own


def test_board_shows_states_of_a_given_day(served: Served, tmp_path: Path) -> None:
    served.deliver(SPORT, served.form(tmp_path, [GOOD_ROW], "2026-06"), "六月.xlsx")
    served.round()
    with served.as_user("county") as office:
        page = office.get("/board", state="returned", department="education")
        assert "2026年5月" in page and "退回" in page
        before = office.get(f"/board/{SPORT}", day="2026-06-20")
        now = office.get(f"/board/{SPORT}")
        assert "s-late" not in re.sub(r'<ul class="legend">.*?</ul>', "", before, flags=re.S)
        assert "s-late" in re.sub(r'<ul class="legend">.*?</ul>', "", now, flags=re.S)


def test_list_of_reports_is_paged(served: Served) -> None:
    with served.as_user("county") as office:
        assert "没有符合条件" in office.get("/board", state="missing", page=9999)
        assert office.get("/submissions", page=3)


@pytest.mark.parametrize("query", ["state=none", "period=2026-13", "period=x", "day=soon", "day=0001-01-01", "page=0", "page=x"])  # fmt: skip
def test_filters_that_make_no_sense_are_told(served: Served, query: str) -> None:
    with served.as_user("county") as office:
        assert office.client.get(f"/board?{query}").status_code == 422


def test_pages_speak_english_when_asked_and_remember_it(served: Served) -> None:
    with served.as_user("county") as office:
        assert "Reporting board" in office.get("/board", lang="en")
        page = office.get("/board")
        assert '<html lang="en">' in page and "On-time rate" in page and "按时率" not in page
        assert '<html lang="zh-CN">' in office.get("/board", lang="zh")


def test_every_text_of_the_templates_has_its_english() -> None:
    texts = {
        found
        for path in TEMPLATES.glob("*.html")
        for found in re.findall(r"""\bt\(["']([^"']+)["']\)""", path.read_text(encoding="utf-8"))
    }
    assert len(texts) > 100
    assert sorted(texts - ENGLISH.keys()) == []


def test_templates_bring_no_chinese_past_the_translation() -> None:
    leaks = []
    for path in TEMPLATES.glob("*.html"):
        text = re.sub(r"\{[{%#].*?[%#}]\}", "", path.read_text(encoding="utf-8"), flags=re.S)
        leaks += [(path.name, word) for word in re.findall(r"[\u4e00-\u9fff]+", text)]
    assert leaks == []
