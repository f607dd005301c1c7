"""Enterprises that deliveries of several departments name."""

from __future__ import annotations

from tests.checking.conftest import Desk

ONE, TWO = "91350100M000100Y43", "91512081MA62K0260E"


def entity(desk: Desk) -> None:
    """Register both enterprises."""
    rows = [
        {
            "uscc": uscc, "entity_name": "青澧某某有限公司", "entity_type": "企业", "industry_code": "C2662",
            "legal_person_name": "李明", "found_date": "2010-05-06", "reg_status": "存续", "area_code": "980121101000",
        }
        for uscc in (ONE, TWO)
    ]  # fmt: skip
    desk.accept(*desk.check(desk.delivery("market_regulation.market_entity", "2022-01", rows)))
