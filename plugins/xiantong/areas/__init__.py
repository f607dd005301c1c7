"""Areas in time: which code was in force when, what became of it, and how a new list is loaded."""

from xiantong.areas.changes import Crosswalk, Successor, crosswalk
from xiantong.areas.loading import (
    AreaFileError,
    AreaUpdate,
    compare_areas,
    read_area_table,
    write_areas,
)

__all__ = [
    "AreaFileError",
    "AreaUpdate",
    "Crosswalk",
    "Successor",
    "compare_areas",
    "crosswalk",
    "read_area_table",
    "write_areas",
]
