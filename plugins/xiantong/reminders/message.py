"""What a reminder says. Only about its own reporter, and nothing about any person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from xiantong.county_time import day_zh, moment_zh
from xiantong.findings import outstanding
from xiantong.names import DatasetId
from xiantong.periods import Period, written_period
from xiantong.reminders.contacts import Contact

# The most that 企业微信 takes in one markdown message, less what the frame needs.
LONGEST_MARKDOWN_BYTES = 3_600


@dataclass(frozen=True, slots=True)
class Return:
    """What came back: when, with how much, and where its reporter finds the workbook (an address or a path)."""

    revision: int | None
    returned_at: datetime
    error_cnt: int
    unexplained_cnt: int
    place: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """One period of one dataset that a reporter still owes.

    ``days_left``: days until the due date, negative when it is over. ``is_extended``: the office
    granted another date. ``returned`` where the latest delivery went back.
    """

    dataset: DatasetId
    title_zh: str
    period: Period
    due_at: date
    days_left: int
    is_extended: bool = False
    returned: Return | None = None

    @property
    def line_zh(self) -> str:
        """The item in one line."""
        extended = "（已延期）" if self.is_extended else ""
        text = f"《{self.title_zh}》{written_period(self.period)}，截止{day_zh(self.due_at)}{extended}，{self._when}"
        if self.returned is None:
            return text
        r = self.returned
        what = outstanding(r.error_cnt, r.unexplained_cnt)
        version = f"第{r.revision}版" if r.revision else "报送件"
        place = f"，退回表：{r.place}" if r.place else ""
        return f"{text}；{version}已于{moment_zh(r.returned_at)}退回{f'，有{what}' if what else ''}{place}"

    @property
    def _when(self) -> str:
        if self.days_left > 0:
            return f"还有{self.days_left}天"
        return "今天截止" if self.days_left == 0 else f"已逾期{-self.days_left}天"


@dataclass(frozen=True, slots=True)
class Reminder:
    """One message to one reporter about ``items``. ``channels`` are those that want it today;
    ``pages`` is the address of the reporters' pages, where there are some."""

    reporter_code: str
    reporter_name: str
    day: date
    items: tuple[Item, ...]
    contact: Contact | None
    channels: tuple[str, ...]
    pages: str = ""

    @property
    def subject(self) -> str:
        return f"【县统】{self.reporter_name}：{len(self.items)}张报表待处理（{day_zh(self.day)}）"

    @property
    def text(self) -> str:
        """The message as plain text."""
        parts = [f"{self.reporter_name}：", f"截至{day_zh(self.day)}，贵单位有以下报表需要处理："]
        for title, items in self._groups:
            parts += ["", title, *(f"  {n}. {item.line_zh}" for n, item in enumerate(items, 1))]
        where = [f"下载表格、报送和查看审核意见：{self.pages}"] if self.pages else []
        return "\n".join([*parts, "", *where, _FOOTER])

    @property
    def markdown(self) -> str:
        """The message for a chat; what does not fit is counted."""
        head = (
            f"**{self.reporter_name}**：截至{day_zh(self.day)}，有{len(self.items)}张报表需要处理"
        )
        lines = []
        for title, items in self._groups:
            lines += [f"**{title}**", *(f"> {item.line_zh}" for item in items)]
        where = f"[下载表格、报送]({self.pages})\n" if self.pages else ""
        return fit([head, *lines], where + _FOOTER)

    @property
    def _groups(self) -> list[tuple[str, Sequence[Item]]]:
        back = [i for i in self.items if i.returned]
        late = [i for i in self.items if not i.returned and i.days_left < 0]
        soon = [i for i in self.items if not i.returned and i.days_left >= 0]
        named = (
            ("已退回，请改正后重新报送", back),
            ("已逾期，请尽快报送", late),
            ("即将到期", soon),
        )
        return [(title, items) for title, items in named if items]


_FOOTER = "如已报送请忽略。每天最多提醒一次；确有困难的请向县统计部门申请延期。"


def fit(lines: Sequence[str], footer: str) -> str:
    """Lines as one markdown text that a chat takes; says how many were left out."""
    kept: list[str] = []
    size = 0
    for line in lines:
        size += len(line.encode()) + 1
        if size > LONGEST_MARKDOWN_BYTES:
            break
        kept.append(line)
    left = len(lines) - len(kept)
    more = [f"……另有{left}行，详见邮件或系统"] if left else []
    return "\n".join([*kept, *more, footer])
