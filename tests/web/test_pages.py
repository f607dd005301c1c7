"""What the pages say: the list of things to do, the board, languages."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from tests.served import FUEL, GOOD_ROW, SPORT, WRONG_ROW, Served
from xiantong.periods import Period
from xiantong.web.texts import ENGLISH, period_en

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(600)]

TEMPLATES = Path(__file__).parents[2] / "plugins" / "xiantong" / "web" / "templates"


def test_reporter_lands_on_what_came_back(served: Served) -> None:
    submission = served.latest("2026-05")
    with served.as_user("education") as visitor:
        page = visitor.get("/")
        assert "青澧县教育体育局" in page and "退回，请修改后重新报送" in page
        assert f"/submissions/{submission.id}" in page
        assert f"dataset={SPORT}&amp;period=2026-05" in page


def test_address_without_its_last_slash_leads_to_the_pages(served: Served) -> None:
    with served.as_user("education") as visitor:
        answer = visitor.client.get(served.base + "/xiantong", follow_redirects=True)
    assert answer.url == f"{served.base}/xiantong/" and "青澧县教育体育局" in answer.text


def test_list_of_submissions_says_what_is_left_to_do(served: Served) -> None:
    submission = served.latest("2026-05")
    with served.as_user("education") as visitor:
        page = visitor.get("/submissions?status=returned")
    (row,) = [r for r in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if submission.id in r]
    assert re.search(r'badge s-error" title="强制性错误（必须改正）">强制性 1<', row)
    assert "核实性" not in row and submission.file_name in row


def test_english_pages_write_periods_in_english(served: Served) -> None:
    with served.as_user("education") as visitor:
        page = visitor.get("/", lang="en")
        assert "May 2026" in page and "1 error (must be corrected)" in page
        assert "2026年5月" not in page
        assert "2026年5月" in visitor.get("/", lang="zh")


@pytest.mark.parametrize(
    ("label", "written"),
    [
        ("2023-10", "October 2023"),
        ("2023-Q3", "Q3 2023"),
        ("2023-S2", "2023/24 first semester"),
        ("2024-S1", "2023/24 second semester"),
        ("2023", "2023"),
    ],
)
def test_periods_in_english(label: str, written: str) -> None:
    assert period_en(Period(label)) == written


def test_reporter_who_is_behind_sees_the_oldest_period_of_each_dataset(served: Served) -> None:
    with served.as_user("education") as visitor:
        page = visitor.get("/")
    overdue = re.search(r'aria-labelledby="h-missing">.*?</section>', page, re.DOTALL)
    assert overdue, page[-800:]
    lines = re.findall(r"<li .*?</li>", overdue[0], re.DOTALL)
    title = served.deployment.catalogue.contract(SPORT).title_zh
    (line,) = [line for line in lines if title in line]
    assert re.search(r"2026年\d+月", line)
    assert re.search(rf'href="[^"]*/board/{SPORT}">另有\d+期未报', line)


def test_form_starts_from_last_period(served: Served, tmp_path: Path) -> None:
    with served.as_user("energy") as visitor:
        assert 'name="last"' not in visitor.get("/forms")  # nothing was accepted before
        visitor.get(f"/forms/{FUEL}", status=404, last=1)
    served.deliver(SPORT, served.form(tmp_path, [GOOD_ROW], "2026-04"), "四月.xlsx")
    served.round()
    with served.as_user("education") as visitor, served.as_user("county") as office:
        page = visitor.get("/forms")
        (row,) = [
            r for r in re.findall(r"<tr.*?</tr>", page, re.DOTALL) if f"<code>{SPORT}</code>" in r
        ]
        assert 'name="last"' in row
        assert "last=1" in visitor.get("/upload", dataset=str(SPORT))
        content = visitor.download(f"/forms/{SPORT}?period=2026-10&last=1")
        assert 'name="last"' not in office.get("/forms")  # the office owes no rows of its own
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert GOOD_ROW["school_code"] in {cell.value for cell in cells}
    assert GOOD_ROW["met_day_cnt"] not in {cell.value for cell in cells}
    assert any("上期（2026年4月）：20" in c.comment.text for c in cells if c.comment)


def test_superseded_revision_points_to_the_newer_one(served: Served, tmp_path: Path) -> None:
    served.deliver(SPORT, served.form(tmp_path, [WRONG_ROW], "2026-03"), "三月.xlsx")
    served.round()
    first = served.latest("2026-03")
    with served.as_user("education") as visitor:
        assert "重新报送" in visitor.get(f"/submissions/{first.id}")
        served.deliver(SPORT, served.form(tmp_path, [GOOD_ROW], "2026-03"), "三月改.xlsx")
        served.round()
        second = served.latest("2026-03")
        page = visitor.get(f"/submissions/{first.id}")
        assert "此后又报送了" in page and f"/submissions/{second.id}" in page
        assert ">重新报送<" not in page
        assert "此后又报送了" not in visitor.get(f"/submissions/{second.id}")


def test_years_stand_above_their_own_columns(served: Served) -> None:
    """A dataset that is reported once a year has one row of heads: the years, then the rates."""
    with served.as_user("county") as office:
        page = office.get("/board/education.master_studio")
    (head,) = re.findall(r"<thead>.*?</thead>", page, re.DOTALL)
    assert re.findall(r"<th[^>]*>(?:<[^>]*>)?([^<]+)", head)[-2:] == ["按时率", "一次通过率"]
    assert len(re.findall(r"<tr>", head)) == 1


def test_board_of_the_office_is_in_order_of_departments(served: Served) -> None:
    with served.as_user("county") as office, served.as_user("energy") as reporter:
        page, own = office.get("/board"), reporter.get("/board")
    heads = re.findall(r'<tr class="group"><th[^>]*><a href="[^"]*department=(\w+)', page)
    assert {"education", "energy", "land_acquisition"} <= set(heads)
    assert ">乡镇人民政府（征拆）</a>" in page
    assert '<tr class="group">' not in own


def test_office_lands_on_the_board_of_everybody(served: Served) -> None:
    with served.as_user("county") as office, served.as_user("education") as reporter:
        page = office.get("/")
        assert "报送看板" in page
        assert str(SPORT) in page and str(FUEL) in page
        own = reporter.get("/board")
        assert str(SPORT) in own and str(FUEL) not in own


def test_board_shows_states_of_a_given_day(served: Served, tmp_path: Path) -> None:
    late = datetime(2026, 7, 20, tzinfo=UTC)
    served.deliver(SPORT, served.form(tmp_path, [GOOD_ROW], "2026-06"), "六月.xlsx", late)
    served.round()
    with served.as_user("county") as office:
        page = office.get("/board", state="returned", department="education")
        assert "2026年5月" in page and "退回" in page
        before = office.get(f"/board/{SPORT}", day="2026-06-20")
        after = office.get(f"/board/{SPORT}", day="2026-07-20")
        assert "s-late" not in re.sub(r'<ul class="legend">.*?</ul>', "", before, flags=re.DOTALL)
        assert "s-late" in re.sub(r'<ul class="legend">.*?</ul>', "", after, flags=re.DOTALL)


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
        text = re.sub(r"\{[{%#].*?[%#}]\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        leaks += [(path.name, word) for word in re.findall(r"[\u4e00-\u9fff]+", text)]
    assert leaks == []
