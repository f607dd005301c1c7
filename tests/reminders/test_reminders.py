"""Reminders that really go, to servers that really listen."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.county import ROSTER, County, error
from xiantong.closing import close_period
from xiantong.deployment import Deployment
from xiantong.ledger.reminders import ReminderLog, SendState
from xiantong.ledger.schema import ReminderRow
from xiantong.periods import Period
from xiantong.reminders import ContactError, SmtpServer, read_contacts, send_reminders
from xiantong.reminders.message import LONGEST_MARKDOWN_BYTES
from xiantong.reminders.send import NO_ADDRESS, NO_SERVER, planned
from xiantong.reminders.transport import split_robot
from xiantong.reporting_calendar import exempt, extend

POWER = "energy.power_unit"  # of 2023-10: due on Friday, 10 November 2023
ENERGY, EDUCATION = "980121000000energy", "980121000000education"
OCTOBER = Period("2023-10")
EIGHTH, TENTH, THIRTEENTH = (date(2023, 11, day) for day in (8, 10, 13))


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    path = tmp_path / "contacts.csv"
    path.write_text(
        "reporter_code,mail,webhook\n"
        f"{ENERGY},energy@county.example,\n{EDUCATION},education@county.example,\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def deployment(county: County, contacts: Path, sink) -> Deployment:
    return deployed(county, contacts, smtp=sink.url)


def deployed(county: County, contacts: Path, **settings: object) -> Deployment:
    return Deployment(county.settings.model_copy(update={"contacts": contacts, **settings}))


def only_known(summary) -> dict:
    return {key: fault for key, fault in summary.failed.items() if fault != NO_ADDRESS}


def test_one_message_per_reporter_says_everything_that_it_owes(deployment, sink) -> None:
    summary = send_reminders(deployment, EIGHTH)
    assert sorted(summary.sent) == [(EDUCATION, "mail"), (ENERGY, "mail")]
    assert only_known(summary) == {}
    (mail,) = sink.to("energy@county.example")
    text = mail.get_content()
    assert "青澧县发展和改革局" in str(mail["Subject"])
    assert "已逾期，请尽快报送" in text and "即将到期" in text
    titles = {c.title_zh: c.id.department for c in deployment.catalogue.contracts.values()}
    named = {department for title, department in titles.items() if f"《{title}》" in text}
    assert named == {"energy"}
    power = deployment.catalogue.contract(POWER).title_zh
    assert f"《{power}》2023年10月，截止2023年11月10日，还有2天" in text


def test_nobody_hears_twice_on_a_day(deployment, sink) -> None:
    send_reminders(deployment, EIGHTH)
    again = send_reminders(deployment, EIGHTH)
    assert again.sent == [] and len(sink.mails) == 2


def test_days_off_are_quiet(deployment, sink) -> None:
    assert send_reminders(deployment, date(2023, 11, 11)).sent == []
    assert send_reminders(deployment, date(2023, 10, 2)).sent == []


def test_who_delivered_everything_or_is_exempt_hears_nothing_of_it(
    county, deployment, sink
) -> None:
    title = deployment.catalogue.contract(POWER).title_zh
    dataset = deployment.catalogue.contract(POWER).id
    exempt(deployment, ENERGY, OCTOBER, reason="停运", by="x", dataset=dataset,
           granted_at=datetime(2023, 11, 1))  # fmt: skip
    send_reminders(deployment, EIGHTH)
    (mail,) = sink.to("energy@county.example")
    assert title not in mail.get_content()


def test_extension_moves_the_reminder_and_is_named(deployment, sink) -> None:
    contract = deployment.catalogue.contract(POWER)
    extend(deployment, ENERGY, OCTOBER, date(2023, 11, 20), reason="系统切换", by="x",
           dataset=contract.id, granted_at=datetime(2023, 11, 1))  # fmt: skip
    send_reminders(deployment, EIGHTH)
    assert contract.title_zh not in sink.to("energy@county.example")[0].get_content()
    send_reminders(deployment, date(2023, 11, 15))
    line = f"《{contract.title_zh}》2023年10月，截止2023年11月20日（已延期），还有5天"
    assert line in sink.to("energy@county.example")[-1].get_content()


def test_what_came_back_is_told_with_place_and_time_but_without_persons(
    county, deployment, sink
) -> None:
    checked = county.submit(
        POWER, "王小明110105194912310021.xlsx", datetime(2023, 11, 8, 1), "2023-10",
        [{}], [error(), error("r.more")], reporter=ENERGY,
    )  # fmt: skip
    county.settle(POWER, checked, now=datetime(2023, 11, 9, 1, 30))
    send_reminders(deployment, TENTH)
    text = sink.to("energy@county.example")[0].get_content()
    (submission,) = county.ledger.submissions()
    assert "第1版已于2023年11月9日 09:30退回，有2处强制性错误（必须改正）" in text
    assert submission.return_key is not None and submission.return_key in text
    assert "110105194912310021" not in text


def test_what_came_back_is_linked_where_reporters_have_pages(county, deployment, sink) -> None:
    checked = county.submit(
        POWER, "十月.xlsx", datetime(2023, 11, 8, 1), "2023-10", [{}], [error()], reporter=ENERGY
    )
    county.settle(POWER, checked, now=datetime(2023, 11, 9, 1, 30))
    settings = deployment.settings.model_copy(update={"pages_url": "https://tj.example/xiantong/"})
    send_reminders(Deployment(settings), TENTH)
    text = sink.to("energy@county.example")[0].get_content()
    (submission,) = county.ledger.submissions()
    assert f"退回表：https://tj.example/xiantong/submissions/{submission.id}\n" in text
    assert str(settings.root) not in text
    assert "报送和查看审核意见：https://tj.example/xiantong/\n" in text


def test_closed_period_is_not_asked_for(deployment, sink) -> None:
    contract = deployment.catalogue.contract(POWER)
    close_period(deployment, OCTOBER, reason="月报", by="x", datasets=[contract.id],
                 at=datetime(2023, 11, 7))  # fmt: skip
    send_reminders(deployment, EIGHTH)
    text = sink.to("energy@county.example")[0].get_content()
    assert f"《{contract.title_zh}》2023年10月" not in text


def test_refused_recipient_keeps_nobody_back_and_is_tried_again(deployment, sink) -> None:
    sink.refused.add("education@county.example")
    first = send_reminders(deployment, EIGHTH)
    assert first.sent == [(ENERGY, "mail")]
    assert only_known(first) == {(EDUCATION, "mail"): "recipients refused (550)"}
    sink.refused.clear()
    second = send_reminders(deployment, EIGHTH)
    assert second.sent == [(EDUCATION, "mail")]
    assert len(sink.mails) == 2


def test_server_that_is_down_is_reported_and_made_up_for_the_next_day(
    county, contacts, sink
) -> None:
    nowhere = "smtp://127.0.0.1:9?from=tongji@county.example"
    down = send_reminders(deployed(county, contacts, smtp=nowhere), EIGHTH)
    assert down.sent == [] and only_known(down)[ENERGY, "mail"] == "ConnectionRefusedError"
    made_up = send_reminders(deployed(county, contacts, smtp=sink.url), date(2023, 11, 9))
    assert (ENERGY, "mail") in made_up.sent


def test_without_server_and_address_the_office_is_told_why(county, contacts) -> None:
    summary = send_reminders(deployed(county, contacts), EIGHTH)
    assert set(summary.failed.values()) == {NO_ADDRESS, NO_SERVER}
    assert json.loads(json.dumps(summary.as_json()))["sent"] == []


def test_message_that_was_begun_when_the_process_died_is_not_sent_again(
    county, deployment, sink
) -> None:
    log = ReminderLog(deployment.ledger)
    log.add(ENERGY, "mail", EIGHTH, SendState.BEGUN, datetime(2023, 11, 8), 3)
    assert send_reminders(deployment, EIGHTH).sent == [(EDUCATION, "mail")]


def test_history_of_sending_is_kept(county, deployment, sink) -> None:
    sink.refused.add("energy@county.example")
    send_reminders(deployment, EIGHTH)
    sink.refused.clear()
    send_reminders(deployment, EIGHTH)
    statement = select(ReminderRow.state).where(ReminderRow.reporter_code == ENERGY)
    with county.ledger.reading() as session:
        states = list(session.scalars(statement.order_by(ReminderRow.seq)))
    assert states == ["begun", "failed", "begun", "sent"]


def chatting(county: County, tmp_path: Path, chat, **settings: object) -> Deployment:
    path = tmp_path / "chats.csv"
    path.write_text(
        f"reporter_code,mail,webhook\n{ENERGY},,{chat.url}/energy\n{EDUCATION},,\n",
        encoding="utf-8",
    )
    return deployed(county, path, **settings)


def test_chat_gets_markdown_that_it_takes(county, tmp_path, chat) -> None:
    summary = send_reminders(chatting(county, tmp_path, chat), EIGHTH)
    assert summary.sent == [(ENERGY, "webhook")]
    ((path, body),) = chat.posts
    assert path == "/energy" and body["msgtype"] == "markdown"
    content = body["markdown"]["content"]
    assert content.startswith("**青澧县发展和改革局**")
    assert len(content.encode()) < LONGEST_MARKDOWN_BYTES + 400
    assert send_reminders(chatting(county, tmp_path, chat), EIGHTH).sent == []


def test_dingtalk_behind_a_gateway_gets_its_own_form(county, tmp_path, chat) -> None:
    """{"msgtype": "markdown", "markdown": {"title", "text"}}, for a reporter and for the county."""
    gateway = chat.url.replace("http://", "dingtalk+http://")
    path = tmp_path / "chats.csv"
    path.write_text(
        f"reporter_code,mail,webhook\n{ENERGY},,{gateway}/robot/send?access_token=t\n",
        encoding="utf-8",
    )
    county_chat = f"{gateway}/robot/send?access_token=c"
    send_reminders(deployed(county, path, remind_webhook=county_chat), EIGHTH)
    (to_energy, body), (to_county, digest) = chat.posts
    assert (to_energy, to_county) == (
        "/robot/send?access_token=t",
        "/robot/send?access_token=c",
    )
    assert body.keys() == digest.keys() == {"msgtype", "markdown"}
    assert body["msgtype"] == digest["msgtype"] == "markdown"
    assert body["markdown"].keys() == digest["markdown"].keys() == {"title", "text"}
    assert body["markdown"]["title"].startswith("【县统】青澧县发展和改革局：")
    lines = body["markdown"]["text"].split("\n")
    assert len(lines) > 2 and all(line.endswith("  ") for line in lines[:-1])
    assert digest["markdown"]["title"].startswith("【县统】2023年11月8日：")


@pytest.mark.parametrize(
    ("url", "robot", "address"),
    [
        ("https://oapi.dingtalk.com/robot/send?a=1", "dingtalk", None),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1", "wecom", None),
        ("https://notdingtalk.com/x", "wecom", None),
        ("dingtalk+https://gw.example/a+b", "dingtalk", "https://gw.example/a+b"),
        ("wecom+http://oapi.dingtalk.com/x", "wecom", "http://oapi.dingtalk.com/x"),
    ],
)
def test_robot_is_told_by_its_host_or_by_the_address(
    url: str, robot: str, address: str | None
) -> None:
    assert split_robot(url) == (robot, address or url)


@pytest.mark.parametrize(
    ("status", "answer", "fault"),
    [(500, "", "HTTP 500"), (200, '{"errcode": 93000, "errmsg": "invalid"}', "errcode 93000")],
)
def test_chat_that_does_not_take_it_is_a_failure(
    county, tmp_path, chat, status, answer, fault
) -> None:
    chat.status, chat.answer = status, answer
    summary = send_reminders(chatting(county, tmp_path, chat), EIGHTH)
    assert summary.failed[ENERGY, "webhook"] == fault
    chat.status, chat.answer = 200, "ok"
    assert send_reminders(chatting(county, tmp_path, chat), EIGHTH).sent == [(ENERGY, "webhook")]


def test_county_chat_gets_one_message_a_day_with_counts_only(county, contacts, chat, sink) -> None:
    deployment = deployed(county, contacts, smtp=sink.url, remind_webhook=f"{chat.url}/county")
    for _ in range(2):
        send_reminders(deployment, EIGHTH)
    ((path, body),) = chat.posts
    assert path == "/county"
    content = body["markdown"]["content"]
    assert "青澧县教育体育局：" in content and "《" not in content
    assert "报送单位不明" not in content


def test_county_chat_hears_of_files_whose_sender_is_unknown(county, contacts, chat, sink) -> None:
    deployment = deployed(county, contacts, smtp=sink.url, remind_webhook=chat.url)
    checked = county.submit(ROSTER, "x.xlsx", datetime(2023, 11, 6), None, [], reporter=None)
    county.settle(ROSTER, checked, now=datetime(2023, 11, 7))
    send_reminders(deployment, EIGHTH)
    ((_, body),) = chat.posts
    assert "报送单位不明、已退回的文件：1份" in body["markdown"]["content"]


def test_planning_sends_and_records_nothing(deployment, sink) -> None:
    assert {r.reporter_code for r in planned(deployment, EIGHTH)} >= {ENERGY, EDUCATION}
    assert sink.mails == [] and ReminderLog(deployment.ledger).last_days() == {}


def test_project_contacts_are_fictional_and_reporters_exist(catalogue) -> None:
    contacts = read_contacts(catalogue.folder / "contacts.csv")
    assert len(contacts) > 20
    assert contacts.keys() <= {r.reporter_code for r in catalogue.reporters}
    assert all(a.endswith(".example") for c in contacts.values() for a in c.mail)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("R,nobody,", "line 2.*no mail address"),
        ("R,,ftp://x", "line 2.*no http address"),
        ("R,,slack+https://x", "line 2.*dingtalk"),
        (",a@b.example,", "line 2.*no reporter_code"),
        ("R,a@b.example,\nR,c@d.example,", "line 3.*stands twice"),
    ],
)
def test_wrong_contact_is_named_by_its_line(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text(f"reporter_code,mail,webhook\n{line}\n", encoding="utf-8")
    with pytest.raises(ContactError, match=said):
        read_contacts(path)


def test_only_some_addresses_of_a_reporter_refused_is_not_sent_to_the_others_again(
    county, tmp_path, sink
) -> None:
    path = tmp_path / "two.csv"
    path.write_text(
        f"reporter_code,mail,webhook\n{ENERGY},a@energy.example;gone@energy.example,\n",
        encoding="utf-8",
    )
    sink.refused.add("gone@energy.example")
    deployment = deployed(county, path, smtp=sink.url)

    assert (ENERGY, "mail") in send_reminders(deployment, EIGHTH).sent
    assert (ENERGY, "mail") not in send_reminders(deployment, EIGHTH).sent

    assert len(sink.mails) == 1
    with county.ledger.reading() as session:
        last = session.scalars(select(ReminderRow.fault).order_by(ReminderRow.seq.desc())).first()
    assert last == "1 of 2 recipients refused"


@pytest.mark.parametrize(
    "url", ["smtp://office:pa/ss@mail.example?from=a@b.example", "http://office:pa@b", "pa"]
)
def test_wrong_mail_server_is_told_without_the_password(url: str) -> None:
    with pytest.raises(ValueError, match="not a mail server") as told:
        SmtpServer.parse(url)
    assert "pa" not in str(told.value).replace("password", "")
