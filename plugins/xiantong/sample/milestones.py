"""Nodes of the projects in the statistics: planned, postponed, reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from xiantong.periods import Period
from xiantong.sample import projects as world
from xiantong.sample.chance import between
from xiantong.sample.county import County
from xiantong.sample.people import person_name
from xiantong.sample.projects import Project
from xiantong.sample.table import Row, Table

# Node, share of the way from filing to start, or (negative) from start to completion.
_NODES = (
    ("FILING", 0.15, "发展和改革局"), ("LAND", 0.45, "自然资源和规划局"), ("EIA", 0.55, "生态环境分局"),
    ("PLANNING", 0.7, "自然资源和规划局"), ("CONSTRUCTION", 0.88, "住房和城乡建设局"), ("START", 1.0, ""),
    ("FOUNDATION", -0.2, ""), ("STRUCTURE", -0.5, ""), ("EQUIPMENT", -0.75, ""), ("ACCEPTANCE", -1.0, ""),
)  # fmt: skip
_INDUSTRIAL_NODES = ("EIA", "EQUIPMENT")
_EVIDENCE = {
    "FILING": "备案",
    "LAND": "国土",
    "EIA": "环审",
    "PLANNING": "建字",
    "CONSTRUCTION": "施许",
}


@dataclass(frozen=True, slots=True)
class Node:
    """A milestone of a project; ``moved`` is the day on which ``first_plan`` gave way to ``plan``."""

    project: Project
    code: str
    unit: str
    person: str
    first_plan: date
    plan: date
    moved: date | None
    done: date | None
    evidence: str | None


def _nodes(county: County) -> list[Node]:
    """Milestones of all projects that come into the statistics."""
    return [node for project in world.in_statistics(county) for node in _nodes_of(county, project)]


def _nodes_of(county: County, project: Project) -> list[Node]:
    assert project.start and project.plan_finish
    rng = county.chance.of("nodes", project.code)
    end = project.finish or project.plan_finish + timedelta(days=150)
    person = person_name(rng)
    nodes = []
    for code, share, unit in _NODES:
        if (code in _INDUSTRIAL_NODES and not project.is_industrial) or (
            code == "LAND" and project.land_mu is None
        ):
            continue
        if share > 0:
            done = project.filed + share * (project.start - project.filed)
        else:
            done = project.start - share * (end - project.start)
        nodes.append(_node(rng, project, code, unit or project.lead_unit, person, done))
    return nodes


def _node(rng: np.random.Generator, project: Project, code: str, unit: str, person: str, done: date) -> Node:  # fmt: skip
    late = rng.random() < 0.09
    plan = done - timedelta(days=between(rng, 3, 70)) if late else done + timedelta(days=between(rng, 0, 16))  # fmt: skip
    if code == "ACCEPTANCE" and project.plan_finish:
        plan = project.plan_finish
    moved = rng.random() < 0.07
    first = plan - timedelta(days=between(rng, 20, 60)) if moved else plan
    evidence = f"{_EVIDENCE.get(code, 'ZP')}{done:%Y%m%d}-{between(rng, 1, 999):03d}"
    return Node(
        project=project,
        code=code,
        unit=unit,
        person=person,
        first_plan=first,
        plan=plan,
        moved=first - timedelta(days=8) if moved else None,
        done=None if project.stopped and done > project.stopped else done,
        evidence=evidence if rng.random() > 0.006 else None,
    )


def _node_row(node: Node, day: date) -> Row:
    moved = node.moved is not None and node.moved <= day
    done = node.done if node.done and node.done <= day else None
    return {
        "project_code": node.project.code,
        "node_code": node.code,
        "plan_date": node.plan if moved or node.moved is None else node.first_plan,
        "plan_version": 2 if moved else 1,
        "actual_date": done,
        "responsible_unit": node.unit,
        "responsible_person": node.person,
        "evidence_no": node.evidence if done else None,
        "light": None,
        "remark": None,
    }


def project_node(county: County, period: Period) -> Table:
    """All milestones of registered projects in the first month, then new and changed ones."""
    now = world.known_until(county, "project_node", period)
    before = None
    if period != county.first:
        before = world.known_until(county, "project_node", period.prior)
    rows: list[Row] = []
    remarks = {}
    for node in county.once(_nodes):
        if node.project.filed > now:
            continue
        row = _node_row(node, now)
        if before is not None and node.project.filed <= before and row == _node_row(node, before):
            continue
        if row["actual_date"] and not row["evidence_no"]:
            remarks[len(rows)] = "现场已完成，许可文书正在出证，编号下月补报"
        rows.append(row)
    return Table(rows, remarks)
