"""Output of the above-scale firms, their yearly evaluation, the project funnel, technical renovation."""

from __future__ import annotations

from xiantong.sample import firms
from xiantong.sample.table import Department

DEPARTMENT = Department(units=firms.new_units)
