"""A morning in the education bureau, in a real browser, with the real scheduler behind the pages."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.integration.test_up import health, wait_until
from tests.ports import free_port
from tests.served import GOOD_ROW, ODD_ROW, PEOPLE, SPORT, Served
from tests.small_project import SmallProject
from xiantong.contracts.catalogue import Catalogue
from xiantong.county_time import county_today
from xiantong.periods import Frequency, Period
from xiantong.reporting_calendar.due import SCHOOL_HOLIDAY_MONTHS
from xiantong.settings import PROJECT_ROOT, Settings

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(1200)]

# The pages speak of what is due today. Nothing is owed for the summer, so that on any day these are
# the two last months with school: what came, and what the bureau hands in now.
LAST_MONTH = Period.of(county_today(), Frequency.MONTHLY).prior
PERIOD, EARLIER = [
    month
    for month in (LAST_MONTH.shift(-n) for n in range(4))
    if month.ordinal not in SCHOOL_HOLIDAY_MONTHS
][:2]
PERIOD_ZH = f"{PERIOD.year}年{PERIOD.ordinal}月"
WAIT = 240_000
HEADERS = {
    c.name: c.header_zh
    for c in Catalogue(PROJECT_ROOT / "expectations").contract(SPORT).table_columns
}


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[SmallProject]:
    """The project's contracts with ``xiantong up``; intake looks once an hour unless it is woken."""
    folder = tmp_path_factory.mktemp("bureau")
    people = folder / "people.csv"
    people.write_text(PEOPLE, encoding="utf-8")
    project = SmallProject(PROJECT_ROOT, folder / "var")
    served = Served(Settings(home=project.home, people=people, stable_seconds=0), port)
    served.deliver(SPORT, served.form(folder, [GOOD_ROW], EARLIER.label), "此前.xlsx")
    served.round()
    process = project.start(
        "up", "--port", str(port), XIANTONG_INTAKE_SECONDS="3600", XIANTONG_PEOPLE=str(people)
    )
    try:
        wait_until(lambda: health(port).get("scheduler") == "healthy", 400)
        yield project
    finally:
        below = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=120)
    assert "Traceback" not in stderr
    assert [p for p in below if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []


@pytest.fixture
def pages(browser: Browser, project: SmallProject, port: int) -> Iterator[Desk]:
    desk = Desk(browser, project, f"http://127.0.0.1:{port}")
    yield desk
    desk.close()


class Desk:
    """Browser windows of different people. Nothing may complain in any console."""

    def __init__(self, browser: Browser, project: SmallProject, base: str) -> None:
        self._browser = browser
        self._passwords = json.loads((project.home / "airflow" / "passwords.json").read_text())
        self._windows: list[Any] = []
        self.base = base
        self.complaints: list[str] = []

    def log_in(self, user: str, path: str = "/xiantong/") -> Page:
        """Open a page, be sent to Airflow's login, and come back to the page."""
        window = self._browser.new_context(locale="zh-CN", accept_downloads=True)
        self._windows.append(window)
        page = window.new_page()
        page.set_default_timeout(60_000)
        page.goto(self.base + path)
        page.fill('input[name="username"]', user)
        page.fill('input[name="password"]', self._passwords[user])
        page.click('button[type="submit"]')
        page.wait_for_url(f"**{path.rstrip('/')}/**")
        page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def close(self) -> None:
        for window in self._windows:
            window.close()


def fill(path: Path, row: dict[str, Any], out: Path) -> Path:
    """Type one row into a form, below the header, as a person does."""
    book = openpyxl.load_workbook(path)
    sheet = next(s for s in book.worksheets if s.title.startswith("学生每天体育"))
    header = next(
        cells
        for cells in sheet.iter_rows()
        if any(_label(cell.value) == HEADERS["met_day_cnt"] for cell in cells)
    )
    for name, value in row.items():
        (cell,) = [c for c in header if _label(c.value) == HEADERS[name]]
        sheet.cell(cell.row + 1, cell.column, value)
    book.save(out)
    return out


def _label(value: object) -> str:
    """A header without its unit."""
    return "".join(str(value or "").split()).partition("（")[0]


def marked_cells(path: Path) -> dict[str, str]:
    """Cells with a comment on the reporter's own sheet of a return."""
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[0] == "审核意见"
    return {
        cell.coordinate: cell.comment.text
        for cells in book.worksheets[1].iter_rows(min_row=5)
        for cell in cells
        if cell.comment
    }


def download(page: Page, text: str, to: Path) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=text, exact=True).first.click()
    waiting.value.save_as(to)
    return to


def upload(page: Page, path: Path) -> None:
    page.set_input_files("input[type=file]", path)
    expect(page.locator(".drop output")).to_contain_text(path.name)
    page.get_by_role("button", name="上传并审核").click()
    page.wait_for_url("**/drafts/**", timeout=120_000)


def test_from_the_blank_form_to_acceptance(pages: Desk, tmp_path: Path) -> None:
    page = pages.log_in("education")
    # What is due: last month's sport hours, with the form and the way to hand it in.
    due = page.locator("li", has_text="学生每天体育活动时间月报").filter(has_text=PERIOD_ZH)
    expect(due).to_be_visible()
    with page.expect_download() as waiting:
        due.get_by_role("link", name="下载空白表").click()
    waiting.value.save_as(tmp_path / "空白表.xlsx")

    # A wrong file: the findings at once, the return with the marked cell.
    wrong = fill(tmp_path / "空白表.xlsx", ODD_ROW | {"met_day_cnt": 22}, tmp_path / "十月.xlsx")
    due.get_by_role("link", name="报送").click()
    upload(page, wrong)
    expect(page.get_by_role("heading", name="强制性错误（必须改正）")).to_be_visible()
    expect(page.get_by_text("达标天数大于在校天数").first).to_be_visible()
    marks = marked_cells(download(page, "下载标注表", tmp_path / "标注.xlsx"))
    assert any("达标天数大于在校天数" in text for text in marks.values())

    # Handing it in all the same: it goes through the scheduler and comes back.
    page.locator("textarea").fill("操场改造，活动改在室内")
    page.locator("summary", has_text="仍要报送").click()
    page.get_by_role("button", name="明知会被退回").click()
    expect(page.get_by_text("已放入收件箱")).to_be_visible()
    page.wait_for_url("**/submissions/*", timeout=WAIT)
    expect(page.locator(".verdict")).to_contain_text("退回")
    returned = page.url
    back = download(page, "下载退回表", tmp_path / "退回.xlsx")
    assert any("达标天数大于在校天数" in text for text in marked_cells(back).values())

    # Another department does not see it.
    other = pages.log_in("energy")
    answer = other.goto(returned)
    assert answer is not None and answer.status == 403
    expect(other.get_by_text("这份报送属于其他单位")).to_be_visible()
    pages.complaints.clear()  # the browser itself logs the refused page

    # The landing page says what came back; the correction needs an explanation and is accepted.
    page.goto(f"{pages.base}/xiantong/")
    card = page.locator("section", has_text="退回，请修改后重新报送")
    expect(card).to_contain_text(PERIOD_ZH)
    card.get_by_role("link", name="重新报送").first.click()
    upload(page, fill(back, {"met_day_cnt": 20}, tmp_path / "十月改.xlsx"))
    explained = page.locator("textarea")
    if explained.count():
        explained.first.fill("核实无误")
        page.get_by_role("button", name="报送", exact=True).click()
        expect(page.get_by_text("没有说明原因").first).to_be_visible()
        explained.first.fill("操场改造，活动改在室内")
    page.get_by_role("button", name="报送", exact=True).click()
    page.wait_for_url("**/submissions/*", timeout=WAIT)
    expect(page.locator(".verdict")).to_contain_text("已受理")
    expect(page.get_by_text("操场改造，活动改在室内").first).to_be_visible()
    expect(page.locator(f'a[href="{returned.removeprefix(pages.base)}"]').first).to_be_visible()

    # The county office sees it on the board.
    office = pages.log_in("county")
    office.goto(f"{pages.base}/xiantong/board/{SPORT}")
    assert pages.complaints == []
    expect(office.locator("table.grid")).to_contain_text("青澧县教育体育局")


def test_narrow_and_dark_pages_keep_within_the_screen(pages: Desk) -> None:
    page = pages.log_in("education")
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    for path in ("/", "/board", "/submissions", "/forms", "/upload", f"/upload?dataset={SPORT}"):
        page.goto(f"{pages.base}/xiantong{path}")
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, path
    assert pages.complaints == []


def test_the_keyboard_reaches_everything(pages: Desk) -> None:
    page = pages.log_in("education")
    page.goto(f"{pages.base}/xiantong/upload?dataset={SPORT}")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    reached = set()
    for _ in range(25):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert {"file", "period", "BUTTON"} <= reached
    unnamed = page.evaluate(
        "[...document.querySelectorAll('input:not([type=hidden]), select, textarea, button')]"
        ".filter(e => !e.labels?.length && !e.textContent.trim() && !e.ariaLabel).length"
    )
    assert unnamed == 0
