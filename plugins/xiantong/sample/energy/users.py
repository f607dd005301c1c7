"""Energy users and what they use of each energy type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from xiantong.sample.chance import pick
from xiantong.sample.county import County, Unit, day_in
from xiantong.sample.people import person_name

_GWH, _M3, _GJ, _T = 1_000_000.0, 1_000_000.0, 1000.0, 1000.0
# name, industry, town (last digits of its code), growth, energy uses in GWh, million m3, TJ, kt
LARGE: tuple[tuple[str, str, str, float, dict[str, float]], ...] = (
    ("热电有限公司", "D4412", "001", 0.02, {"RAW_COAL": 180, "ELEC": 2.1}),
    ("云河发电有限公司", "D4411", "100", 0.01, {"RAW_COAL": 420, "ELEC": 1.4, "DIESEL": 0.3}),
    ("山水水泥有限公司", "C3011", "102", -0.02, {"RAW_COAL": 110, "ELEC": 96, "DIESEL": 0.9}),
    ("华泰玻璃有限公司", "C3041", "103", 0.03, {"NATGAS": 38, "ELEC": 42}),
    ("鑫源化工股份有限公司", "C2614", "100", 0.04, {"ELEC": 88, "HEAT": 900, "RAW_COAL": 21}),
    ("丰源生物科技有限公司", "C1461", "001", 0.05, {"ELEC": 51, "HEAT": 620}),
    ("金鼎铝业有限公司", "C3252", "101", 0.03, {"ELEC": 130, "NATGAS": 9}),
    ("中硕新材料有限公司", "C3062", "103", 0.06, {"ELEC": 36, "NATGAS": 4}),
    ("天鸿纸业有限公司", "C2221", "106", 0.01, {"ELEC": 30, "HEAT": 300, "PV_SELF": 1.8}),
    ("恒力纺织有限公司", "C1711", "101", 0.02, {"ELEC": 36.5, "PV_SELF": 2.6}),
    ("同创机械制造有限公司", "C3421", "101", 0.085, {"ELEC": 31.6, "DIESEL": 0.12}),
    ("长虹陶瓷有限公司", "C3071", "105", 0.05, {"NATGAS": 5.3, "ELEC": 11.2}),
)  # fmt: skip
_MIDDLE = (
    ("盛源食品有限公司", "C1353", 9.5), ("瑞丰饲料有限公司", "C1329", 6.2), ("宏达铸造有限公司", "C3391", 24.0),
    ("康佳制药股份有限公司", "C2720", 18.5), ("华兴轴承有限公司", "C3451", 12.8), ("东方电子材料有限公司", "C3985", 22.4),
    ("三和汽车零部件有限公司", "C3670", 16.7), ("永固混凝土有限公司", "C3021", 4.4), ("鸿运塑业有限公司", "C2921", 8.9),
    ("佳禾粮油有限公司", "C1310", 5.8), ("恒泰服装有限公司", "C1810", 2.6), ("森达木业有限公司", "C2021", 3.9),
    ("光大电缆有限公司", "C3831", 11.6), ("益海包装有限公司", "C2231", 6.6), ("百川水务有限公司", "D4610", 7.7),
    ("新世纪商业广场有限公司", "F5211", 5.1), ("嘉禾乳业有限公司", "C1441", 8.2), ("中联重型机械有限公司", "C3511", 14.3),
    ("立华家具有限公司", "C2110", 2.2), ("飞跃橡胶有限公司", "C2911", 9.9), ("天源矿业有限公司", "B1019", 13.5),
    ("众鑫印染有限公司", "C1713", 19.2), ("科信光电有限公司", "C3976", 20.6), ("顺通物流有限公司", "G5430", 1.6),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Use:
    """Use of one energy type: quantity of 2022 in its natural unit and growth a year."""

    code: str
    yearly: float
    growth: float
    raw_share: float = 0.0
    convert_share: float = 0.0
    convert_rate: float = 0.0


@dataclass(frozen=True, slots=True)
class User:
    """An energy user. ``quota_factor`` is its quota over its expected use, None for power plants."""

    number: int
    unit: Unit
    zone_code: str | None
    uses: tuple[Use, ...]
    quota_factor: float | None
    connected_since: date | None
    two_high: bool
    captive: bool
    manager: str


def users(county: County) -> list[User]:
    """Energy users, the large ones first; the first two are the power plants."""
    made: list[User] = []
    for name, industry, town, growth, uses in LARGE:
        made.append(_user(county, len(made), name, industry, town, growth, uses))
    for name, industry, elec in _MIDDLE:
        rng = county.chance.of("energy-user", name)
        uses = {"ELEC": elec, pick(rng, ("DIESEL", "GASOLINE")): 0.02 + 0.08 * rng.random()}
        if rng.random() < 0.15:
            uses["NATGAS"] = 0.3 + 0.5 * rng.random()
        town = pick(rng, ("001", "002", "100", "101", "103", "107"))
        made.append(
            _user(county, len(made), name, industry, town, float(rng.normal(0.03, 0.025)), uses)
        )
    return made


def _user(county: County, number: int, name: str, industry: str, town: str, growth: float,
          uses: dict[str, float]) -> User:  # fmt: skip
    rng = county.chance.of("energy-user", name, "more")
    factor = {"ELEC": _GWH, "PV_SELF": _GWH, "NATGAS": _M3, "HEAT": _GJ}
    area = next((a for a in county.townships if a.area_code[6:9] == town), county.townships[0])
    zone = next((z.zone_code for z in county.zones if z.host_area_code == area.area_code), None)
    plant = number < 2
    made = tuple(
        Use(code, amount * factor.get(code, _T), growth if code != "PV_SELF" else 0.0,
            raw_share=0.62 if (code, industry) == ("RAW_COAL", "C2614") else 0.0,
            convert_share=0.97 if plant and code == "RAW_COAL" else 0.0,
            convert_rate=0.66 if number == 0 else 0.4)
        for code, amount in uses.items()
    )  # fmt: skip
    connected = number < len(LARGE) - 2 or rng.random() < 0.4
    since = day_in(rng, date(2017, 5, 1), date(2021, 12, 1)) if connected else None
    return User(
        number=number,
        unit=county.unit(
            "91", f"{county.short_name}{name}", "COMPANY", industry, area.area_code, (200, 9000)
        ),
        zone_code=zone if rng.random() < 0.8 else None,
        uses=made,
        quota_factor=None if plant else 0.97 if number in (10, 15, 22) else 1.15,
        connected_since=date(2022, 6, 20) if number == 7 else since,
        two_high=industry in ("D4411", "C3011", "C2614", "C3252"),
        captive=number == 0 or industry == "C2614",
        manager=person_name(rng, "M"),
    )
