"""Bureaus and township governments of the county as registered units, and its state companies."""

from __future__ import annotations

from dataclasses import dataclass

from xiantong.sample.county import County, Unit

BUREAUS = (
    "发展和改革局", "教育体育局", "科学技术局", "工业和信息化局", "公安局", "民政局", "财政局",
    "人力资源和社会保障局", "自然资源和规划局", "住房和城乡建设局", "交通运输局", "水务局", "农业农村局",
    "文化和旅游局", "卫生健康局", "应急管理局", "市场监督管理局", "医疗保障局", "林业局", "综合行政执法局",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Company:
    """A state company: its unit, level (``soe_level``), the number of its group, assets in million yuan."""

    unit: Unit
    level: str
    group: int
    assets: float


# Name, industry, level, group, assets in million yuan.
_COMPANIES = (
    ("城市建设投资集团有限公司", "L7212", "GROUP", 0, 18_600.0),
    ("产业发展投资集团有限公司", "L7212", "GROUP", 1, 12_400.0),
    ("水利农业发展集团有限公司", "L7212", "GROUP", 2, 8_900.0),
    ("城投置业有限公司", "K7010", "SUB1", 0, 3_150.0),
    ("城投建设工程有限公司", "E4819", "SUB1", 0, 1_240.0),
    ("公共交通有限公司", "G5411", "SUB1", 0, 185.0),
    ("城市供水有限公司", "D4610", "SUB1", 0, 640.0),
    ("天然气管网有限公司", "D4511", "SUB1", 0, 420.0),
    ("城市停车管理有限公司", "G5442", "SUB2", 0, 96.0),
    ("园林绿化工程有限公司", "E4892", "SUB2", 0, 74.0),
    ("保障性住房运营有限公司", "K7040", "SUB2", 0, 880.0),
    ("开发区建设运营有限公司", "L7221", "SUB1", 1, 2_980.0),
    ("产业基金管理有限公司", "J6732", "SUB1", 1, 1_050.0),
    ("国有融资担保有限公司", "J6850", "SUB1", 1, 510.0),
    ("标准厂房租赁有限公司", "K7040", "SUB2", 1, 1_420.0),
    ("人力资源服务有限公司", "L7262", "SUB2", 1, 28.0),
    ("数字科技运营有限公司", "I6531", "SUB2", 1, 63.0),
    ("水利工程建设有限公司", "E4830", "SUB1", 2, 960.0),
    ("粮食购销有限公司", "F5121", "SUB1", 2, 730.0),
    ("农业综合开发有限公司", "A0111", "SUB1", 2, 1_180.0),
    ("乡村污水治理有限公司", "D4620", "SUB2", 2, 390.0),
    ("文化旅游开发有限公司", "N7861", "SUB1", 0, 1_320.0),
)  # fmt: skip


def bureaus(county: County) -> list[Unit]:
    """Bureaus of the county government, in the county seat."""
    seat = county.townships[0].area_code
    return [county.unit("11", f"{county.name}{name}", "ORGAN", "S9221", seat) for name in BUREAUS]


def township_governments(county: County) -> list[Unit]:
    """The government of each township, the office of each subdistrict, in the order of townships."""
    made = []
    for town in county.townships:
        office = "办事处" if town.area_name.endswith("街道") else "人民政府"
        name = f"{county.name}{town.area_name}{office}"
        made.append(county.unit("11", name, "ORGAN", "S9221", town.area_code))
    return made


def companies(county: County) -> list[Company]:
    """State companies of the county, the three groups first."""
    seat = county.townships[0].area_code
    made = []
    for name, industry, level, group, assets in _COMPANIES:
        capital = (int(assets), int(assets * 1.5) + 2)
        unit = county.unit("91", f"{county.short_name}{name}", "COMPANY", industry, seat, capital)
        made.append(Company(unit, level, group, assets))
    return made
