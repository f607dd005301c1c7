"""From the rules of a contract to a Great Expectations suite, and through it."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.core.expectation_suite import ExpectationSuite
from great_expectations.expectations.expectation import Expectation, MulticolumnMapExpectation
from great_expectations.validator.metric_configuration import MetricConfiguration

from xiantong.checking import expectations as own
from xiantong.checking.engine import DuckDBDatasource
from xiantong.contracts.model import Rule, Severity

ROW = own.ROW
_RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": [ROW],
    "return_unexpected_index_query": False,
    # Values are read beside the rows, where personal ones are masked.
    "exclude_unexpected_values": True,
    # Smaller than the number of bad rows, and the index list itself would be cut.
    "partial_unexpected_count": 1_000_000_000,
}
_GX_SEVERITY = {Severity.ERROR: "critical", Severity.WARNING: "warning", Severity.INFO: "info"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rule found: rows of the batch, or (``missing``) facts about whole submissions."""

    rule: Rule
    rows: tuple[int, ...] = ()
    missing: tuple[dict[str, Any], ...] = ()


def to_expectation(rule: Rule) -> Expectation:
    """The expectation that implements a rule. Raises ``ValueError`` for an unknown type."""
    expectation_class = getattr(own, rule.expectation, None) or getattr(gxe, rule.expectation, None)
    if expectation_class is None:
        raise ValueError(f"rule {rule.id}: there is no expectation {rule.expectation}")
    kwargs = dict(rule.kwargs)
    if issubclass(expectation_class, MulticolumnMapExpectation):
        # The predicate names its columns itself; blank rows are its own business too.
        kwargs |= {"column_list": [ROW, "_submission_id"], "ignore_row_if": "never"}
    expectation: Expectation = expectation_class(
        **kwargs, meta={"rule_id": rule.id}, severity=_GX_SEVERITY[rule.severity]
    )
    return expectation


class SuiteRun:
    """A suite made from ``rules``, to be run against tables of one rule database."""

    def __init__(self, url: str, rules: Sequence[Rule]) -> None:
        self.rules = {rule.id: rule for rule in rules}
        self._context = gx.get_context(mode="ephemeral")
        self._context.variables.progress_bars = {"globally": False}
        # Defining a data source class adds its factory method to every context.
        add_duckdb = getattr(self._context.data_sources, f"add_{DuckDBDatasource.TYPE_NAME}")
        self._source: DuckDBDatasource = add_duckdb(name=uuid.uuid4().hex, connection_string=url)
        self._batches: dict[str, Any] = {}
        self._expectations = {rule.id: to_expectation(rule) for rule in rules}

    def validate(self, table: str, rule_ids: Collection[str]) -> list[Outcome]:
        """Run these rules on ``table`` and return what each violated one found."""
        asked = [e for rule_id, e in self._expectations.items() if rule_id in rule_ids]
        if not asked:
            return []
        suite = ExpectationSuite(name="contract", expectations=asked)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = self._batch(table).validate(suite, result_format=_RESULT_FORMAT)
        return [outcome for r in result.results if (outcome := self._outcome(r))]

    def conditions(self, table: str, rule_ids: Collection[str]) -> dict[str, str]:
        """SQL of the very condition by which Great Expectations calls a row of ``table``
        unexpected, for those of the rules that look at rows."""
        by_row = {
            rule_id: expectation
            for rule_id, expectation in self._expectations.items()
            if rule_id in rule_ids and hasattr(expectation, "map_metric")
        }
        if not by_row:
            return {}
        validator = self._context.get_validator(batch_request=self._batch(table).batch_request)
        engine = validator.execution_engine
        wanted: dict[str, MetricConfiguration] = {}
        for rule_id, expectation in by_row.items():
            metric = expectation.map_metric
            dependencies = expectation.get_validation_dependencies(execution_engine=engine)
            counted = dependencies.get_metric_configuration(f"{metric}.unexpected_count")
            wanted[rule_id] = MetricConfiguration(
                metric_name=f"{metric}.condition",
                metric_domain_kwargs=counted.metric_domain_kwargs
                | {"batch_id": validator.active_batch_id},
                metric_value_kwargs=counted.metric_value_kwargs,
            )
        found, aborted = validator.compute_metrics(list(wanted.values()))
        if aborted:
            raise RuntimeError(f"conditions that cannot be read: {[m[0] for m in aborted]}")
        return {
            rule_id: _compiled(found[metric.id][0], engine.engine.dialect)
            for rule_id, metric in wanted.items()
        }

    def close(self) -> None:
        self._source.get_execution_engine().close()

    def _batch(self, table: str) -> Any:
        if table not in self._batches:
            asset = self._source.add_table_asset(name=table, table_name=table)
            self._batches[table] = asset.add_batch_definition_whole_table("all").get_batch()
        return self._batches[table]

    def _outcome(self, result: Any) -> Outcome | None:
        rule = self.rules[result.expectation_config.meta["rule_id"]]
        if result.exception_info.get("raised_exception"):
            raise RuntimeError(f"rule {rule.id} could not be run: {_reason(result.exception_info)}")
        if result.success:
            return None
        if "details" in result.result:
            return Outcome(rule, missing=tuple(result.result["details"]["rows"]))
        # With the values left out, Great Expectations lists the index by column.
        index = result.result.get("unexpected_index_list") or [{ROW: []}]
        return Outcome(rule, rows=tuple(sorted(index[0][ROW])))


def _compiled(condition: Any, dialect: Any) -> str:
    return str(condition.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def _reason(exception_info: dict[str, Any]) -> str:
    if "exception_message" in exception_info:
        return str(exception_info["exception_message"])
    return "; ".join(
        str(info["exception_message"]) for info in exception_info.values() if isinstance(info, dict)
    )
