"""Reviewers and their posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from xiantong.periods import Period
from xiantong.sample.chance import between, pick
from xiantong.sample.county import County, day_in
from xiantong.sample.table import Row, Table


@dataclass(frozen=True, slots=True)
class Post:
    """One span of a reviewer in a post; ``end`` is None while nobody knows it."""

    reviewer: str
    org: str
    post: str
    start: date
    end: date | None


def posts(county: County) -> list[Post]:
    """Posts of all reviewers. People rotate after 15 to 30 months, so some are overdue."""
    posts = []
    for number in range(20):
        rng = county.chance.of("reviewer", number)
        org = "CENTRE" if number < 11 else "THIRD" if number < 18 else "COUNTY"
        turn = ("INITIAL", "INITIAL", "RECHECK", "INITIAL", "SPOT_CHECK")
        place = number % 5
        start = day_in(rng, date(2019, 9, 1), date(2021, 12, 20))
        for _ in range(6):
            months = between(rng, 15, 30)
            end = start + timedelta(days=round(30.44 * months))
            posts.append(Post(f"QLSH{number + 1:03d}", org, turn[place % 5], start, end))
            start, place = end + timedelta(days=1), place + 1
            if turn[place % 5] == turn[(place - 1) % 5]:
                place += 1
    return posts


def holders(county: County, period: Period, post: str) -> list[str]:
    """Reviewers who hold a post during the whole month."""
    return sorted(
        p.reviewer
        for p in county.once(posts)
        if p.post == post and p.start <= period.start and (p.end is None or p.end >= period.end)
    )


def reviewer_post(county: County, period: Period) -> Table:
    """All posts that began so far; the end stands only where it has come."""
    rows: list[Row] = []
    remarks = {}
    for post in county.once(posts):
        if post.start > period.end or (post.end and post.end < date(period.year - 1, 1, 1)):
            continue
        rng = county.chance.of("training", post.reviewer, period)
        ended = post.end is not None and post.end <= period.end
        if not ended and _months_before(period.end, 24) > post.start:
            remarks[len(rows)] = pick(rng, ("接替人员正在岗前培训，计划下季度完成轮岗", "参与飞行检查专项工作，经局务会研究延期轮岗至年底",
                                            "第三方合同续签中，新合同生效后调整岗位"))  # fmt: skip
        rows.append({
            "reviewer_code": post.reviewer,
            "post_code": post.post,
            "start_date": post.start,
            "end_date": post.end if ended else None,
            "reviewer_org": post.org,
            "institution_group": pick(county.chance.of("group", post.reviewer, post.start),
                                      ("县级医院组", "乡镇卫生院东片", "乡镇卫生院西片", "诊所及村卫生室组", "定点药店组")),
            "target_claim_cnt": {"INITIAL": 100, "RECHECK": 60, "SPOT_CHECK": 45, "SETTLE": 0}[post.post],
            "training_cnt": between(rng, 1, 4),
        })  # fmt: skip
    return Table(rows, remarks)


def _months_before(day: date, months: int) -> date:
    earlier = day.year * 12 + day.month - 1 - months
    last = Period(f"{earlier // 12}-{earlier % 12 + 1:02d}").end.day
    return date(earlier // 12, earlier % 12 + 1, min(day.day, last))
