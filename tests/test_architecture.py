"""Who may know whom. A rule is broken by name, with a reason, or not at all."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from xiantong.contracts.model import Severity
from xiantong.settings import PROJECT_ROOT

PLUGINS = PROJECT_ROOT / "plugins"
WRITTEN = {".py", ".html", ".j2", ".js"}

# What breaks a rule of ``GUARDED``: (who, what it imports): why. A line that is not used fails.
EXCEPTIONS = {
    ("xiantong_plugin", "airflow"): "it is what Airflow loads",
    ("xiantong.web.security", "airflow"): "users, their cookies and the secret key are Airflow's",
    ("xiantong_plugin", "xiantong.dags"): "it registers the timetables and the listener",
    ("xiantong_plugin", "xiantong.web"): "it hangs the pages into Airflow's server",
    (
        "xiantong.dags.execution_api",
        "fastapi",
    ): "it serves Airflow's own routes to tasks in process",
    ("xiantong.local", "xiantong.dags"): "runs the DAGs in this process instead of a scheduler",
}

# A room or a library, and the rooms that may import it.
GUARDED = {
    "airflow": {"dags"},
    "xiantong.cli": {"cli"},
    "xiantong.web": {"web"},
    "xiantong.dags": {"dags"},
    "xiantong.local": {"cli"},
    "xiantong.sample": {"sample", "cli"},
    "typer": {"cli"},
    "rich": {"cli"},
    "fastapi": {"web"},
    "great_expectations": {"checking"},
    "dbt": {"transform", "dictionary"},
}


@dataclass(frozen=True)
class Module:
    """A file below ``plugins``: its dotted name and everything that it imports, wherever it does."""

    name: str
    path: Path
    imports: frozenset[str]

    @property
    def room(self) -> str:
        """The folder (or single file) below the package; the name itself outside of it."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else parts[0]


def read_modules() -> dict[str, Module]:
    paths = {_dotted(path): path for path in sorted(PLUGINS.rglob("*.py"))}
    return {
        name: Module(name, path, frozenset(_imported(path, set(paths))))
        for name, path in paths.items()
    }


def _dotted(path: Path) -> str:
    parts = path.relative_to(PLUGINS).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path, known: set[str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{path}: relative import"
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                yield submodule if submodule in known else node.module


MODULES = read_modules()


@pytest.mark.parametrize("guarded", GUARDED)
def test_only_its_own_rooms_import(guarded: str) -> None:
    importing = {
        module.name
        for module in MODULES.values()
        if any(name == guarded or name.startswith(f"{guarded}.") for name in module.imports)
    }
    assert importing, f"nothing imports {guarded}: the rule guards nothing"
    strangers = {name for name in importing if MODULES[name].room not in GUARDED[guarded]}
    assert strangers == {who for who, what in EXCEPTIONS if what == guarded}


def test_imports_never_go_round() -> None:
    """Annotations and imports inside functions count: they are only a later kind of knowing."""
    graph = {m.name: {name for name in m.imports if name in MODULES} for m in MODULES.values()}
    assert sum(map(len, graph.values())) > 500
    assert_leads_one_way(graph)


def test_rooms_never_know_each_other() -> None:
    """Of two rooms at most one imports the other, straight or through others: they stand in an order
    in which each can be read and changed with no thought of those that come after it."""
    graph: dict[str, set[str]] = {}
    for module in MODULES.values():
        known = {MODULES[name].room for name in module.imports if name in MODULES}
        graph.setdefault(module.room, set()).update(known - {module.room})
    assert len(graph) > 30
    assert_leads_one_way(graph)


def assert_leads_one_way(graph: dict[str, set[str]]) -> None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"imports go round: {' -> '.join(error.args[1])}")


def test_every_exception_has_a_reason_and_a_rule() -> None:
    for (who, what), why in EXCEPTIONS.items():
        assert who in MODULES and what in GUARDED and why


def test_words_of_the_severities_stand_in_one_place() -> None:
    """Returns, lists, pages and messages take them from the enumeration, so they cannot differ."""
    words = [
        text
        for severity in Severity
        for text in (severity.problem("zh"), severity.demand("zh"))
        if text != severity.name_zh
    ]
    assert len(words) == 5
    sources = {path for path in (PLUGINS / "xiantong").rglob("*") if path.suffix in WRITTEN}
    assert len(sources) > 250
    strayed = {
        (path.relative_to(PLUGINS).as_posix(), word)
        for path in sources - {PLUGINS / "xiantong" / "contracts" / "model.py"}
        for word in words
        if word in path.read_text(encoding="utf-8")
    }
    assert strayed == set()
