"""Which county an area or a unit belongs to. Local numbers repeat from county to county."""

from __future__ import annotations

_PROVINCE, _PREFECTURE, _COUNTY = 2, 4, 6


def county_of(area_code: str | None) -> str:
    """First six digits of an area code, which all areas of a county share; empty where unknown."""
    return (area_code or "")[:_COUNTY]


def share_county(one: str | None, other: str | None) -> bool:
    """Whether two units report within the same county. One of which the area is unknown could."""
    return county_of(one) == county_of(other) or not one or not other


def lie_in_line(one: str | None, other: str | None) -> bool:
    """Whether two areas share their county, or one is the prefecture or province of the other."""
    longer, shorter = _digits(one), _digits(other)
    return longer.startswith(shorter) or shorter.startswith(longer)


def _digits(area_code: str | None) -> str:
    """The digits that all counties below an area begin with."""
    county = county_of(area_code)
    for length in (_PROVINCE, _PREFECTURE):
        if not county[length:].strip("0"):
            return county[:length]
    return county
