"""Residents of the county about whom departments keep lists: old people, children, veterans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from xiantong.sample.chance import pick
from xiantong.sample.county import County, day_in
from xiantong.sample.people import citizen_id, person_name


@dataclass(frozen=True, slots=True)
class Resident:
    """A person with the village where he or she lives. ``number`` is unique inside its list."""

    number: int
    id_no: str
    name: str
    gender: str
    born: date
    area_code: str

    def age(self, day: date) -> int:
        """Completed years."""
        before = (day.month, day.day) < (self.born.month, self.born.day)
        return day.year - self.born.year - before


def residents(
    county: County, kind: str, count: int, born: tuple[date, date], men: float = 0.5
) -> list[Resident]:
    """``count`` people of one list, born between two days, the more in a township the more live there.

    The serial inside the identity number follows the place in the list, so that no two are equal
    in a list of fewer than 499 people born on the same day.
    """
    return [_resident(county, kind, number, born, men) for number in range(count)]


def _resident(
    county: County, kind: str, number: int, born: tuple[date, date], men: float
) -> Resident:
    rng = county.chance.of("resident", kind, number)
    gender = "M" if rng.random() < men else "F"
    birthday = day_in(rng, *born)
    township = county.pick_township(rng)
    serial = number % 499 * 2 + 1 + (gender == "F")
    return Resident(
        number=number,
        id_no=citizen_id(county.area.area_code, birthday, serial),
        name=person_name(rng, gender),
        gender=gender,
        born=birthday,
        area_code=pick(rng, county.villages[township.area_code]).area_code,
    )


def some(county: County, *names: object, share: float) -> bool:
    """True in ``share`` of all cases, always the same for the same names."""
    return bool(county.chance.of(*names).random() < share)
