"""The world that all deliveries describe: one county that stays the same over datasets and periods."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Area, Contract, Reporter, Zone
from xiantong.periods import Period
from xiantong.sample.chance import Chance, between, pick
from xiantong.sample.people import credit_code, person_name

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unit:
    """A registered unit: firm, shop, school, hospital."""

    uscc: str
    name: str
    entity_type: str
    industry_code: str
    head: str
    capital_wan: int | None
    found_date: date
    area_code: str
    address: str


def month_number(period: Period) -> int:
    """Months since the year 0, of the last month of the period."""
    return period.end.year * 12 + period.end.month - 1


def day_in(rng: np.random.Generator, start: date, end: date) -> date:
    """A day from ``start`` to ``end``, both included."""
    return start + timedelta(days=between(rng, 0, max((end - start).days, 0)))


class County:
    """The fictional county between two months.

    Everything is a function of the seed and of names, so that one dataset or one period can be
    written alone and still fits the others. Department modules keep their own lists (institutions,
    schools, energy users) with ``once``. ``scale`` multiplies claims and meters.
    """

    def __init__(
        self, catalogue: Catalogue, first: Period, last: Period, seed: int, scale: float = 1.0
    ) -> None:
        self.catalogue = catalogue
        self.first = first
        self.last = last
        self.scale = scale
        self.chance = Chance(seed)
        self._made: dict[tuple[Any, ...], Any] = {}

    def once(self, build: Callable[..., T], *names: Hashable) -> T:
        """``build(county, *names)``, computed on the first call and kept for this county's life."""
        key = (build, *names)
        if key not in self._made:
            self._made[key] = build(self, *names)
        return cast(T, self._made[key])

    @cached_property
    def areas(self) -> tuple[Area, ...]:
        """The areas in force at the end."""
        return self.catalogue.areas_at(self.last.end)

    @cached_property
    def area(self) -> Area:
        """The county itself: the first one that has townships."""
        parents = {a.parent_code for a in self.areas if a.area_level == "township"}
        return next(a for a in self.areas if a.area_code in parents)

    @cached_property
    def siblings(self) -> list[Area]:
        return [
            a for a in self.areas if a.area_level == "county" and a.area_code != self.area.area_code
        ]

    @cached_property
    def townships(self) -> list[Area]:
        return [
            a
            for a in self.areas
            if a.area_level == "township" and a.parent_code == self.area.area_code
        ]

    @cached_property
    def villages(self) -> dict[str, list[Area]]:
        """Villages and communities by township."""
        found: dict[str, list[Area]] = {a.area_code: [] for a in self.townships}
        for area in self.areas:
            if area.area_level == "village" and area.parent_code in found:
                found[area.parent_code].append(area)
        return found

    @cached_property
    def zones(self) -> list[Zone]:
        return [z for z in self.catalogue.zones if z.host_area_code[:6] == self.area.area_code[:6]]

    @property
    def name(self) -> str:
        return self.area.area_name

    @property
    def short_name(self) -> str:
        """Without 县, as it stands in the names of firms and schools."""
        return self.name.removesuffix("县")

    def is_town(self, area_code: str) -> bool:
        """True in the county seat and the two largest towns, false in the countryside."""
        return area_code[6:9] in {"001", "002", "100", "101"}

    def reporter(self, contract: Contract) -> Reporter:
        """Who hands the dataset in: the county's bureau."""
        own = [
            r
            for r in self.catalogue.reporters
            if r.department == contract.id.department and r.area_code == self.area.area_code
        ]
        if not own:
            raise ValueError(
                f"reporters.csv has nobody in {self.name} for {contract.id.department}"
            )
        return own[0]

    @cached_property
    def officials(self) -> dict[str, tuple[str, str, str]]:
        """Filler, reviewer and head of each department, as they sign the forms."""
        departments = sorted({r.department for r in self.catalogue.reporters if r.department})
        signed = {}
        for department in departments:
            rng = self.chance.of("officials", department)
            signed[department] = (person_name(rng, "F"), person_name(rng), person_name(rng, "M"))
        return signed

    def signers(self, department: str, reporter: Reporter) -> tuple[str, str, str]:
        """Filler, reviewer and head of the unit that hands in a form of the department."""
        if reporter.department == department and reporter.area_code == self.area.area_code:
            return self.officials[department]
        rng = self.chance.of("officials", department, reporter.reporter_code)
        return person_name(rng, "F"), person_name(rng), person_name(rng, "M")

    def bureaus(self, department: str) -> list[Reporter]:
        """The bureau of the county, then those of its sibling counties."""
        areas = [self.area.area_code, *(area.area_code for area in self.siblings)]
        found = {
            r.area_code: r
            for r in self.catalogue.reporters
            if r.kind == "bureau" and r.department == department
        }
        return [found[area] for area in areas if area in found]

    @cached_property
    def township_offices(self) -> list[Reporter]:
        """The township governments of the county, as they hand in their own forms."""
        own = {a.area_code for a in self.townships}
        return [r for r in self.catalogue.reporters if r.kind == "township" and r.area_code in own]

    @cached_property
    def smallest_office(self) -> Reporter:
        """The township with the fewest people, which has the fewest hands for forms."""
        people = {t.area_code: t.resident_population or 0 for t in self.townships}
        return min(self.township_offices, key=lambda office: people[office.area_code])

    def unit(self, kind: str, name: str, entity_type: str, industry_code: str, area_code: str,
             capital: tuple[int, int] | None = None, founded: tuple[int, int] = (1995, 2020)) -> Unit:  # fmt: skip
        """A named unit with everything that the register of market entities says about it."""
        rng = self.chance.of("unit", name)
        return Unit(
            uscc=self.credit_code(kind, name),
            name=name,
            entity_type=entity_type,
            industry_code=industry_code,
            head=person_name(rng),
            capital_wan=between(rng, *capital) * 10 if capital else None,
            found_date=day_in(rng, date(founded[0], 1, 1), date(founded[1], 12, 31)),
            area_code=area_code,
            address=self.address(rng, area_code),
        )

    def credit_code(self, kind: str, *names: object) -> str:
        """The credit code of a named unit; ``kind`` is the first two characters."""
        serial = int(self.chance.of("uscc", kind, *names).integers(60_000_000, 99_999_999))
        return credit_code(kind, self.area.area_code, serial)

    def address(self, rng: np.random.Generator, area_code: str) -> str:
        township = next(a for a in self.townships if a.area_code[:9] == area_code[:9])
        street = pick(rng, ("人民路", "振兴街", "滨河路", "建设路", "文化街", "青年路", "朝阳街"))
        return f"{self.name}{township.area_name}{street}{between(rng, 1, 398)}号"

    def pick_township(self, rng: np.random.Generator) -> Area:
        """A township, the more likely the more people live there."""
        return pick(
            rng, self.townships, [float(a.resident_population or 1) for a in self.townships]
        )
