"""What dbt knows about the models: descriptions, columns, and the SQL that really runs."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from xiantong.settings import Settings
from xiantong.transform.profile import Profile, environment


class CompileError(RuntimeError):
    """dbt cannot compile the models; the message is dbt's."""


@dataclass(frozen=True, slots=True)
class Model:
    """One dbt model or seed. ``columns`` maps names to descriptions, ``sql`` is its compiled query
    (empty for seeds), ``parents`` the models and seeds it reads; ``folder`` is its place below
    ``models/``."""

    name: str
    schema: str
    description: str
    columns: dict[str, str]
    sql: str
    parents: tuple[str, ...]
    folder: tuple[str, ...] = field(default=())


def compile_models(settings: Settings) -> dict[str, Model]:
    """All models by name, parents first. Nothing of the deployment's data is touched."""
    from dbt.cli.main import dbtRunner

    with tempfile.TemporaryDirectory(prefix="xiantong-dictionary-") as name:
        scratch = Path(name)
        profile = Profile.duckdb(scratch / "scratch.duckdb", settings)
        (scratch / "temp").mkdir()
        arguments = [
            "compile",
            *("--project-dir", str(settings.dbt_project)),
            *("--profiles-dir", str(settings.dbt_project)),
            *("--target", profile.target),
            *("--target-path", str(scratch / "target")),
            *("--log-path", str(scratch / "logs")),
            *("--log-level", "none", "--no-version-check", "--no-introspect"),
            *("--select", "resource_type:model"),
        ]
        here = {**profile.environment, "DBT_XIANTONG_TEMP": str(scratch / "temp")}
        with environment(here):
            done = dbtRunner().invoke(arguments)
    if not done.success:
        raise CompileError(str(done.exception or "dbt compile failed"))
    nodes = [result.node for result in done.result.results]
    found = {
        node.unique_id: Model(
            name=node.name,
            schema=node.schema,
            description=node.description,
            columns={c.name: c.description for c in node.columns.values()},
            sql=node.compiled_code or "",
            parents=tuple(node.depends_on.nodes),
            folder=tuple(node.fqn[1:-1]),
        )
        for node in nodes
        if str(node.resource_type) == "model"
    }
    return _parents_first(found)


def read_seeds(settings: Settings) -> list[Model]:
    """The reference tables by name, from the properties beside their files."""
    described = [
        seed
        for path in sorted((settings.dbt_project / "seeds").rglob("*.yml"))
        for seed in yaml.safe_load(path.read_text(encoding="utf-8"))["seeds"]
    ]
    return [
        Model(
            name=seed["name"],
            schema="seeds",
            description=seed["description"],
            columns={column["name"]: column["description"] for column in seed["columns"]},
            sql="",
            parents=(),
        )
        for seed in sorted(described, key=lambda seed: str(seed["name"]))
    ]


def _parents_first(found: dict[str, Model]) -> dict[str, Model]:
    ordered: dict[str, Model] = {}

    def add(key: str) -> None:
        model = found[key]
        if model.name in ordered:
            return
        for parent in model.parents:
            if parent in found:
                add(parent)
        ordered[model.name] = model

    for key in sorted(found):
        add(key)
    return ordered
