"""From a file on the reporter's desk to a decision, and what is kept on the way."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tests.served import BUREAU, GOOD_ROW, ODD_ROW, ROSTER, SPORT, WRONG_ROW, Served
from xiantong.ledger import Status

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(600)]


def everything_kept(served: Served) -> set[Path]:
    """Files outside the drafts: a draft must add none."""
    root = served.settings.root
    places = ("inbox", "store", "returns", "work")
    return {p for place in places for p in (root / place).rglob("*") if p.is_file()}


def filled(
    served: Served, folder: Path, *rows: dict[str, object], period: str = "2026-10"
) -> bytes:
    return served.form(folder, rows, period).read_bytes()


def test_wrong_file_is_answered_at_once_and_nothing_is_kept(served: Served, tmp_path: Path) -> None:
    before, known = everything_kept(served), served.deployment.ledger.mark()
    with served.as_user("education") as visitor:
        draft, page = visitor.draft(
            filled(served, tmp_path, WRONG_ROW, GOOD_ROW | {"school_code": "2198012102"})
        )
        assert "达标天数大于在校天数" in page and "强制性错误（必须改正）" in page
        assert '<span class="place">C5</span>' in page
        book = openpyxl.load_workbook(io.BytesIO(visitor.download(f"{draft}/return")))
        assert book.sheetnames[0] == "审核意见"
        comment = book[book.sheetnames[1]]["C5"].comment
        assert comment is not None and "达标天数大于在校天数" in comment.text
        refused = visitor.hand_in(draft, page)
        assert refused.status_code == 422
    assert everything_kept(served) == before
    assert served.deployment.ledger.mark() == known


def test_form_with_a_blank_column_says_so_once(served: Served, tmp_path: Path) -> None:
    """Last period's rows handed in untouched: identities are there, figures are not."""
    schools = [f"21980121{n:02d}" for n in range(1, 13)]
    rows = [{"school_code": code, "school_stage": "PRIMARY"} for code in schools]
    with served.as_user("education") as visitor:
        _, page = visitor.draft(filled(served, tmp_path, *rows))
    lines = [line for line in page.splitlines() if "「在校天数」不能为空" in line]
    assert len(lines) == 1 and "「在校天数」不能为空（全部12行）" in lines[0]
    assert "此处列出前" not in page


def test_odd_file_is_accepted_with_its_explanation(served: Served, tmp_path: Path) -> None:
    with served.as_user("education") as visitor:
        draft, page = visitor.draft(
            filled(served, tmp_path, ODD_ROW, period="2026-04"), "四月.xlsx"
        )
        assert "核实性问题（须说明原因）" in page and "时间合计不足1小时" in page
        for empty in ("", "核实无误", "……"):
            answer = visitor.hand_in(draft, page, empty)
            assert answer.status_code == 422 and 'aria-invalid="true"' in answer.text, empty
        answer = visitor.hand_in(draft, page, "操场改造，课间活动改在教室内进行")
        assert answer.status_code == 200 and "已放入收件箱" in answer.text
        state = visitor.client.get(f"{draft}/state").json()
        assert state == {"state": "waiting", "href": None}
        again = visitor.hand_in(draft, page, "操场改造，课间活动改在教室内进行")
        assert "已放入收件箱" in again.text  # pressing twice hands in once
        served.round()
        state = visitor.client.get(f"{draft}/state").json()
        assert state["state"] == "settled"
        page = visitor.get(state["href"].removeprefix("/xiantong"))
        assert "操场改造，课间活动改在教室内进行" in page and "已受理" in page
    submission = served.latest("2026-04")
    assert (submission.status, submission.revision) == (Status.ACCEPTED, 1)
    assert (submission.file_name, submission.explained_cnt) == ("四月.xlsx", 1)


def test_what_the_page_said_is_what_the_server_decides(served: Served, tmp_path: Path) -> None:
    content = filled(
        served, tmp_path, WRONG_ROW, {**ODD_ROW, "school_code": "2198012103"}, period="2026-03"
    )
    with served.as_user("education") as visitor:
        draft, page = visitor.draft(content, "三月.xlsx")
        assert "仍要报送" in page
        answer = visitor.hand_in(draft, page, "操场改造，室内上课", anyway="1")
        assert answer.status_code == 200
        served.round()
        submission = served.latest("2026-03")
        assert submission.status is Status.RETURNED
        assert (submission.error_cnt, submission.warning_cnt, submission.explained_cnt) == (1, 1, 1)
        page = visitor.get(f"/submissions/{submission.id}")
        assert "操场改造，室内上课" in page
        draft, page = visitor.draft(
            filled(served, tmp_path, GOOD_ROW, period="2026-03"), "三月改.xlsx"
        )
        visitor.hand_in(draft, page)
        served.round()
        corrected = served.latest("2026-03")
        assert (corrected.status, corrected.revision) == (Status.ACCEPTED, 2)
        page = visitor.get(f"/submissions/{corrected.id}")
        assert f"/submissions/{submission.id}" in page  # the history leads back


def test_form_says_period_and_reporter_where_the_file_does_not(served: Served) -> None:
    contract = served.deployment.catalogue.contract(SPORT)
    names = [c.name for c in contract.table_columns if c.name in GOOD_ROW]
    header = ",".join(contract.by_name[name].header_zh for name in names)
    csv = f"{header}\n{','.join(str(GOOD_ROW[name]) for name in names)}\n".encode()
    with served.as_user("education") as visitor:
        _, page = visitor.draft(csv, "数据.csv")
        assert "没有写明报告期" in page
        draft, page = visitor.draft(csv, "数据.csv", period="2026-02")
        assert "没有写明报告期" not in page and "审核通过" in page
        visitor.hand_in(draft, page)
        served.round()
    submission = served.latest("2026-02")
    assert (submission.reporter_code, submission.status) == (BUREAU, Status.ACCEPTED)


def test_nobody_hands_in_for_another_reporter(served: Served, tmp_path: Path) -> None:
    content = filled(served, tmp_path, GOOD_ROW)
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    sheet["A3"] = "填报单位：河口镇人民政府"
    changed = io.BytesIO()
    book.save(changed)
    with served.as_user("education") as visitor:
        _, page = visitor.draft(changed.getvalue())
        assert "填报单位不一致" in page and "强制性错误（必须改正）" in page


def test_drafts_belong_to_their_user_alone(served: Served, tmp_path: Path) -> None:
    with served.as_user("education") as visitor, served.as_user("education2") as colleague:
        draft, page = visitor.draft(filled(served, tmp_path, GOOD_ROW))
        for path in (draft, f"{draft}/state", f"{draft}/return"):
            assert colleague.client.get(path).status_code == 404
        taken = colleague.client.post(f"{draft}/hand-in", data={"csrf": colleague.csrf()})
        assert taken.status_code == 404
        visitor.client.post(f"{draft}/discard", data={"csrf": visitor.csrf()})
        assert visitor.client.get(draft).status_code == 404
    assert page


def test_drafts_cannot_be_read_by_other_users_of_the_machine(
    served: Served, tmp_path: Path
) -> None:
    with served.as_user("education") as visitor:
        draft, _ = visitor.draft(filled(served, tmp_path, GOOD_ROW))
    folder = served.settings.drafts / draft.rpartition("/")[2]
    assert folder.is_dir() and folder.stat().st_mode & 0o077 == 0


def test_odd_files_get_a_sentence_and_never_a_fault(served: Served, tmp_path: Path) -> None:
    good = filled(served, tmp_path, GOOD_ROW)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 150_000_000)
        archive.writestr("[Content_Types].xml", b"<Types/>")
    odd = {
        "空.xlsx": b"",
        "截断.xlsx": good[: len(good) // 2],
        "文本.xlsx": "这不是表格".encode(),
        "网页.xls": b"<html><table><tr><td>1</td></tr></table></html>",
        "程序.exe": b"MZ",
        "无后缀": good,
        "炸弹.xlsx": bomb.getvalue(),
        "空白.csv": b"\n\n\n",
        "零.csv": b"\0" * 5000,
        "列表.json": b"[1, 2, 3]",
        "坏.json": b'{"rows": [',
    }
    with served.as_user("education") as visitor:
        for name, content in odd.items():
            answer = visitor.upload(content, name)
            assert answer.status_code in (200, 422), (name, answer.status_code)
            assert "请" in answer.text, name
            assert "Traceback" not in answer.text and "Error" not in answer.text, name
            assert "审核通过" not in answer.text, name


HOSTILE = (
    "../../../etc/passwd.xlsx",
    "..\\..\\a.xlsx",
    "a\x00b.xlsx",
    "<script>alert(1)</script>.xlsx",
    "报" * 200 + ".xlsx",
    "~$temp.xlsx",
    ".ok.xlsx",
    "\u202efdp.xlsx",
    "a\r\nSet-Cookie: b.xlsx",
    "表.xlsx.cover.json",
    "表.说明.csv",
)


def test_hostile_names_do_no_harm(served: Served, tmp_path: Path) -> None:
    drafts: list[str] = []
    with served.as_user("education") as visitor:
        for month, name in enumerate(HOSTILE, start=1):
            content = filled(served, tmp_path, GOOD_ROW, period=f"2025-{month:02d}")
            answer = visitor.upload(content, name)
            assert answer.status_code in (200, 422), name
            assert "<script>alert" not in answer.text
            if answer.status_code == 200:
                draft = answer.url.path.removeprefix("/xiantong")
                visitor.hand_in(draft, answer.text, anyway="1")
                drafts.append(draft)
        served.round()
        states = [visitor.client.get(f"{draft}/state").json()["state"] for draft in drafts]
    assert len(states) >= 8 and set(states) == {"settled"}
    inbox = served.settings.inbox
    outside = [p for p in inbox.rglob("*") if p.is_file() and p.parent != inbox / SPORT.folder]
    assert outside == []
    assert served.deployment.ledger.pending(SPORT) == []


def test_too_large_a_file_is_refused(served: Served) -> None:
    with served.as_user("education") as visitor:
        answer = visitor.upload(b"x" * 2_500_000, "大.csv")
        assert answer.status_code == 422 and "超过2MB" in answer.text
        answer = visitor.upload(b"x" * 8_000_000, "大.csv")
        assert answer.status_code == 413 and "超过2MB" in answer.text


def test_blank_form_downloaded_and_filled_passes(served: Served, tmp_path: Path) -> None:
    with served.as_user("education") as visitor:
        content = visitor.download(f"/forms/{SPORT}?period=2026-10")
        book = openpyxl.load_workbook(io.BytesIO(content))
        sheet = book.worksheets[0]
        text = " ".join(str(c.value) for row in sheet.iter_rows(max_row=4) for c in row if c.value)
        assert "2026年10月" in text and "青澧县教育体育局" in text
        _, page = visitor.draft(filled(served, tmp_path, GOOD_ROW))
        assert "审核通过" in page


def test_personal_values_are_never_shown(served: Served, tmp_path: Path) -> None:
    contract = served.deployment.catalogue.contract(ROSTER)
    hidden = [c for c in contract.table_columns if c.privacy.value != "none"]
    assert hidden
    secret = "980121199001017777"
    header = ",".join(c.header_zh for c in contract.table_columns)
    values = ",".join(secret if c in hidden else "？" for c in contract.table_columns)
    with served.as_user("education") as visitor:
        answer = visitor.upload(
            f"{header}\n{values}\n".encode(), "名册.csv", ROSTER, period="2026-S1"
        )
        assert answer.status_code == 200 and "强制性错误（必须改正）" in answer.text
        assert secret not in answer.text
        draft = answer.url.path.removeprefix("/xiantong")
        visitor.hand_in(draft, answer.text, anyway="1")
        served.round()
        page = visitor.get("/submissions", dataset=str(ROSTER))
        assert "名册.csv" in page
        (submission,) = served.deployment.ledger.submissions(ROSTER)
        for path in ("", "/findings.csv"):
            shown = visitor.client.get(f"/submissions/{submission.id}{path}").text
            assert secret not in shown
