"""One culprit keeps back nobody else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from xiantong.halves import by_halves

CULPRITS = {3, 8}


def add_up(numbers: Sequence[int]) -> int:
    if CULPRITS & set(numbers):
        raise ValueError("none of these")
    return sum(numbers)


def test_everything_but_the_culprits_is_done_in_order() -> None:
    blamed: list[int] = []
    done = list(by_halves(range(10), add_up, lambda number, _: blamed.append(number)))
    assert blamed == [3, 8]
    assert done == [0 + 1, 2, 4, 5 + 6, 7, 9]


def give_up(number: int, error: Exception) -> None:
    raise error


def test_what_goes_well_is_done_in_one_go() -> None:
    assert list(by_halves([1, 2], add_up, give_up)) == [3]
    assert list(by_halves([], add_up, give_up)) == []


@pytest.mark.parametrize("fault", [OSError("disk full"), MemoryError()])
def test_fault_of_the_machine_is_nobody_s(fault: Exception) -> None:
    def work(numbers: Sequence[int]) -> int:
        raise fault

    with pytest.raises(type(fault)):
        list(by_halves([1, 2], work, lambda number, _: pytest.fail(f"{number} is blamed")))


def test_whoever_blames_may_give_up() -> None:
    with pytest.raises(ValueError, match="none of these"):
        list(by_halves(range(10), add_up, give_up))
