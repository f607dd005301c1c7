"""From a delivered column to the columns of marts, read off the compiled SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.lineage import lineage

from xiantong.dictionary.models import Model

_DIALECT = "duckdb"
_STAGING = "stg_"
# What an indicator reads stands in the registry, not in the generated unions.
_REGISTRY = ("indicators",)


@dataclass(frozen=True, slots=True, order=True)
class ColumnRef:
    """A column of a model; of a staging model it is the delivered column itself."""

    model: str
    column: str


Lineage = dict[ColumnRef, frozenset[ColumnRef]]


def delivered_columns(
    models: Mapping[str, Model], progress: Callable[[str], None] = lambda model: None
) -> Lineage:
    """For every column of every model: the staging columns that its value is computed from.

    Only what becomes part of the value counts, not what a row is filtered or joined by. A model
    whose SQL cannot be read has no entry.
    """
    columns: dict[str, dict[str, str]] = {}
    traced: Lineage = {}
    for model in models.values():
        progress(model.name)
        if model.folder[-1:] == _REGISTRY:
            continue
        if model.name.startswith(_STAGING):
            columns[model.name] = dict.fromkeys(model.columns, "text")
            continue
        try:
            own = _direct(model, columns)
        except sqlglot.errors.SqlglotError:
            own = {}
        columns[model.name] = dict.fromkeys((ref.column for ref in own), "text")
        for ref, sources in own.items():
            traced[ref] = frozenset(
                origin
                for source in sources
                for origin in (
                    (source,)
                    if source.model.startswith(_STAGING)
                    else traced.get(source, frozenset())
                )
            )
    return traced


def used_by(traced: Lineage) -> dict[ColumnRef, list[ColumnRef]]:
    """The other way round: for every staging column the columns that are computed from it."""
    found: defaultdict[ColumnRef, list[ColumnRef]] = defaultdict(list)
    for ref, origins in traced.items():
        for origin in origins:
            found[origin].append(ref)
    return {origin: sorted(refs) for origin, refs in found.items()}


def _direct(model: Model, columns: Mapping[str, Mapping[str, str]]) -> Lineage:
    """The columns of the models right below that each column is computed from."""
    tree = sqlglot.parse_one(model.sql, dialect=_DIALECT)
    # A relation is known by its name alone: names are different across schemas.
    known: dict[str, dict[str, str]] = {}
    for table in tree.find_all(exp.Table):
        table.set("db", None)
        table.set("catalog", None)
        if own := columns.get(table.name):
            known[table.name] = dict(own)
    # The whole query of each step is not asked for; trimming it to one column takes half the time.
    roots = lineage(None, tree, known, dialect=_DIALECT, trim_selects=False, copy=False)
    return {
        ColumnRef(model.name, name): frozenset(
            ColumnRef(leaf.source.name, leaf.name.rpartition(".")[2].strip('"'))
            for leaf in root.walk()
            if not leaf.downstream and isinstance(leaf.source, exp.Table)
        )
        for name, root in roots.items()
    }
