"""Output and reach of the county media centre, its community hub and its other business."""

from __future__ import annotations

from xiantong.periods import Period
from xiantong.sample.chance import between, money
from xiantong.sample.county import County, month_number
from xiantong.sample.department import Department
from xiantong.sample.rule_breaks import Add
from xiantong.sample.table import Row, Table

# By channel: kinds of content with items a month, views per item, followers in 2022
_CHANNELS: dict[str, tuple[dict[str, int], int, int | None]] = {
    "TV": ({"NEWS": 160, "GOVERNANCE": 16, "SERVICE": 24}, 5200, None),
    "RADIO": ({"NEWS": 130, "SERVICE": 60}, 900, None),
    "PAPER": ({"NEWS": 210, "GOVERNANCE": 18}, 1500, None),
    "APP": ({"NEWS": 420, "VIDEO": 90, "LIVE": 8, "GOVERNANCE": 40, "SERVICE": 120}, 1350, 86_000),
    "WECHAT": ({"NEWS": 180, "GOVERNANCE": 22, "SERVICE": 60}, 3400, 124_000),
    "SHORT_VIDEO": ({"VIDEO": 150, "LIVE": 6, "GOVERNANCE": 14}, 16_500, 158_000),
}
_APPEALS = {"APP": 62, "WECHAT": 24, "TV": 9}
_EPOCH = 2022 * 12


def content_month(county: County, period: Period) -> Table:
    """Items, views and appeals by channel and kind; appeals come in as comments on governance news."""
    rows: list[Row] = []
    remarks = {}
    months = month_number(period) - _EPOCH
    for channel, (kinds, views, followers) in _CHANNELS.items():
        for kind, usual in kinds.items():
            rng = county.chance.of("media", channel, kind, period)
            items = max(round(usual * (1 + 0.006 * months) * float(rng.uniform(0.88, 1.12))), 1)
            seen = round(items * views * (1 + 0.012 * months) * float(rng.uniform(0.8, 1.25)))
            if channel == "RADIO" and kind == "SERVICE" and period.ordinal == 7:
                seen = 0
                remarks[len(rows)] = "收听率调查系统7月升级停机，第三方未出具当月数据"
            governance = kind == "GOVERNANCE"
            received = (
                int(rng.poisson(_APPEALS[channel])) if governance and channel in _APPEALS else None
            )
            rows.append({
                "channel_code": channel,
                "content_kind": kind,
                "item_cnt": items,
                "original_cnt": round(items * float(rng.uniform(0.55, 0.95))),
                "view_cnt": seen,
                "follower_cnt": round(followers * 1.011**months) if followers else None,
                "governance_cnt": items if governance else 0,
                "appeal_in_cnt": received,
                "appeal_done_cnt": int(rng.binomial(received, 0.93)) if received is not None else None,
                "provincial_cnt": int(rng.poisson(items * 0.03)),
            })  # fmt: skip
    return Table(rows, remarks)


# By line: name, revenue a month in ten thousand yuan, cost as a share of revenue
_LINES = {
    "HUB": ("澧事通社区信息枢纽", 6.5, 0.78),
    "LAWN": ("东湖草坪活动运营", 9.0, 0.61),
    "MASCOT": ("小澧文创产品", 4.2, 0.56),
    "BROADCAST": ("智慧广电乡村工程", 11.0, 0.72),
    "OTHER": ("专题片与会务服务", 7.5, 0.66),
}
_LAWN_SEASON = (0.3, 0.3, 0.8, 1.4, 1.6, 1.2, 0.9, 1.0, 1.5, 1.6, 0.9, 0.5)
_CLEARED = Period("2023-05")  # accounts without a verified phone were cleared


def _revenue(county: County, line: str, year: int, month: int) -> float:
    rng = county.chance.of("media-revenue", line, year, month)
    season = _LAWN_SEASON[month - 1] if line == "LAWN" else 1.0
    growth = 1.12 ** (year - 2022)
    return round(_LINES[line][1] * season * growth * float(rng.uniform(0.8, 1.2)), 2)


def _registered(period: Period) -> int:
    months = month_number(period) - _EPOCH
    return round(41_000 + 1150 * months) - (6_800 if period >= _CLEARED else 0)


def operation_month(county: County, period: Period) -> Table:
    """Users of the hub, events on the lawn, mascot products and what the lines earn since January."""
    rows: list[Row] = []
    remarks = {}
    months = month_number(period) - _EPOCH
    for line, (name, _, cost) in _LINES.items():
        rng = county.chance.of("media-line", line, period)
        revenue = sum(_revenue(county, line, period.year, m) for m in range(1, period.ordinal + 1))
        hub, lawn = line == "HUB", line == "LAWN"
        users = _registered(period) if hub else None
        if hub and period == _CLEARED:
            remarks[len(rows)] = "按实名制要求清理未验证手机号的账号6800个"
        events = round(6 * _LAWN_SEASON[period.ordinal - 1]) if lawn else None
        rows.append({
            "line_code": line,
            "line_name": name,
            "register_user_cnt": users,
            "active_user_cnt": round(users * float(rng.uniform(0.28, 0.36))) if users else None,
            "community_link_cnt": min(48 + 5 * months, 160) if hub else None,
            "service_cnt": between(rng, 1800, 3200) if hub else None,
            "event_cnt": events,
            "visitor_cnt": events * between(rng, 180, 420) if events is not None else None,
            "product_cnt": 12 + months // 2 if line == "MASCOT" else None,
            "revenue_ytd_wan": money(revenue),
            "cost_ytd_wan": money(revenue * cost),
        })  # fmt: skip
    return Table(rows, remarks)


DEPARTMENT = Department(
    makers={"content_month": content_month, "operation_month": operation_month},
    totals={
        "content_month": ("item_cnt", "original_cnt", "view_cnt", "provincial_cnt"),
        "operation_month": ("revenue_ytd_wan", "cost_ytd_wan"),
    },
    breaks={
        "content_month": Add("original_cnt", 900),
        "operation_month": Add("active_user_cnt", 90_000),
    },
)
