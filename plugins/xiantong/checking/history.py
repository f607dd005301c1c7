"""What rules compare a submission with: the views ``p``, ``py`` and ``accepted``.

Only what is accepted is an earlier period: in the lake, or in the batch itself. What becomes of the
batch is known when it has been checked, so the views first take all of it for accepted and are
corrected (``History.correct``) where something goes back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime

import duckdb

from xiantong.checking.accepted_rows import comparable, counting, current_rows, dated, rows_of
from xiantong.checking.lake import AcceptedFile
from xiantong.contracts.model import Contract, LoadMode, Rule
from xiantong.parsing.model import ParsedDelivery
from xiantong.periods import Period
from xiantong.sql import literal

Place = tuple[str, Period]
# Pairs of a submission and one that it is compared with, by view.
Pairs = dict[str, tuple[tuple[str, str], ...]]


def sql_of(rules: Iterable[Rule]) -> str:
    """All SQL that rules hold, to find out what it names."""
    return " ".join(str(rule.kwargs.get(key, "")) for rule in rules for key in ("bad", "query"))


def names_view(sql: str, *views: str) -> bool:
    """Whether a query reads one of these views."""
    return re.search(rf"\b(from|join)\s+({'|'.join(views)})\b", sql) is not None


def looks_back(rule: Rule) -> bool:
    """Whether a rule compares with earlier periods, which may lie in the batch itself."""
    return names_view(sql_of([rule]), "p", "py")


class History:
    """Makes those views that ``sql`` reads. ``files`` are the accepted ones of the dataset, ``hashed``
    the columns of which rules compare the hash."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        contract: Contract,
        deliveries: Sequence[ParsedDelivery],
        files: Sequence[AcceptedFile],
        sql: str,
        hashed: Iterable[str],
    ) -> None:
        self._connection = connection
        self._contract = contract
        self._files = files
        self._hashed = tuple(hashed)
        self._views = [name for name in ("p", "py") if names_view(sql, name)]
        self._by_versions = "p" in self._views and contract.load_mode is LoadMode.UPSERT
        self._places = [
            (d.submission_id, place) for d in _in_order(deliveries) if (place := _place(d))
        ]
        self._filed: dict[Place, list[AcceptedFile]] = {}
        for file in files:
            self._filed.setdefault((file.reporter_code, file.period), []).append(file)
        self.predecessors = self._find_predecessors()
        self._left_out: dict[str, str] = {}
        self._accepted: list[str] = []
        self._pairs: Pairs = {}
        self._assume(self.predecessors)
        self._create()
        if names_view(sql, "accepted"):
            connection.execute(f"create view accepted as {current_rows(contract, files)}")

    def correct(self, accepted: AbstractSet[str]) -> bool:
        """Compare with those ``predecessors`` only that are ``accepted``, and of these not with rows in
        the table ``bad_row`` where a contract accepts by rows. Returns False where the views held
        just that before; else what rules found in them has to be found again."""
        before = self._accepted, self._pairs, self._left_out
        self._assume(accepted)
        self._left_out = self._find_left_out()
        if before == (self._accepted, self._pairs, self._left_out):
            return False
        self._create()
        return True

    def _find_predecessors(self) -> frozenset[str]:
        """Submissions of the batch that others of the batch may be compared with."""
        found: set[str] = set()
        if self._by_versions:
            last = max((period.start for _, (_, period) in self._places), default=None)
            found |= {i for i, (_, period) in self._places if last and period.start < last}
        wanted = {place for view in self._compared_views for place in self._wanted(view).values()}
        return frozenset(found | {i for i, place in self._places if place in wanted})

    @property
    def _compared_views(self) -> list[str]:
        return [view for view in self._views if view == "py" or not self._by_versions]

    def _wanted(self, view: str) -> dict[str, Place]:
        """The place that every submission is compared with."""
        return {
            submission_id: (reporter, period.prior if view == "p" else period.same_period_last_year)
            for submission_id, (reporter, period) in self._places
        }

    def _assume(self, accepted: AbstractSet[str]) -> None:
        standing: dict[Place, list[str]] = {}
        for submission_id, place in self._places:
            if submission_id in accepted:
                standing.setdefault(place, []).append(submission_id)
        self._accepted = [i for i, _ in self._places if i in accepted] if self._by_versions else []
        self._pairs = {
            view: tuple(
                (submission_id, earlier)
                for submission_id, place in self._wanted(view).items()
                for earlier in self._counting(place, standing.get(place, []))
            )
            for view in self._compared_views
        }

    def _counting(self, place: Place, in_batch: list[str]) -> list[str]:
        """Accepted submissions of one reporter and period that count: all facts, else the last list."""
        filed = [
            file.submission_id for file in counting(self._contract, self._filed.get(place, []))
        ]
        if self._contract.load_mode is LoadMode.APPEND:
            return filed + in_batch
        return in_batch[-1:] or filed

    def _find_left_out(self) -> dict[str, str]:
        """Keep the rows that go back of submissions that stay; their digest by submission."""
        used = {earlier for pairs in self._pairs.values() for _, earlier in pairs}
        used = (used | set(self._accepted)) & self.predecessors
        if self._contract.acceptance.mode != "rows" or not used:
            return {}
        self._connection.execute(
            "create or replace table left_out as select distinct _submission_id, _row from bad_row "
            "where _submission_id in (select unnest(?))",
            [sorted(used)],
        )
        found = self._connection.execute(
            "select _submission_id, count(*) || ':' || bit_xor(hash(_row)) from left_out group by all"
        )
        return dict(found.fetchall())

    def _create(self) -> None:
        for view in self._views:
            by_versions = view == "p" and self._by_versions
            query = self._versions_before() if by_versions else self._compared(view)
            self._connection.execute(f"create or replace view {view} as {query}")

    @property
    def _batch_rows(self) -> str:
        return "b anti join left_out using (_row)" if self._left_out else "b"

    def _compared(self, view: str) -> str:
        """Rows of the compared period, tagged with the submission they are compared with."""
        pairs = self._pairs[view]
        self._connection.execute(
            f"create or replace table compared_{view} (_submission_id varchar, earlier_id varchar)"
        )
        if pairs:
            self._connection.execute(
                f"insert into compared_{view} select unnest(?), unnest(?)",
                [[one for one, _ in pairs], [earlier for _, earlier in pairs]],
            )
        plain = ["_submission_id", *(column.name for column in comparable(self._contract))]
        names = ", ".join((*plain, *(f"{name}__hash" for name in self._hashed)))
        history = f"select {names} from {self._batch_rows}"
        earlier_ids = {earlier for _, earlier in pairs}
        if used := [file for file in self._files if file.submission_id in earlier_ids]:
            stored = ", ".join((*plain, *(f"{name} as {name}__hash" for name in self._hashed)))
            history += f" union all by name select {stored} from {rows_of(used)}"
        return (
            f"select c._submission_id, h.* exclude (_submission_id) from compared_{view} as c "
            f"join ({history}) as h on h._submission_id = c.earlier_id"
        )

    def _versions_before(self) -> str:
        """The last version of every key before the period of each submission."""
        columns = ", ".join(column.name for column in comparable(self._contract))
        keys = ", ".join(f"h.{column.name}" for column in self._contract.key)
        histories = []
        if self._accepted:
            # In settling order, after everything in the lake.
            later = ", ".join(
                f"({literal(submission_id)}, timestamp '9999-01-01' + interval {n} second)"
                for n, submission_id in enumerate(self._accepted)
            )
            histories.append(
                f"select _period_start as _valid_from, null as _revision, _accepted_at, "
                f"_submission_id as _delivery, {columns} from {self._batch_rows} "
                f"join (values {later}) as d(_submission_id, _accepted_at) using (_submission_id)"
            )
        if self._files:
            histories.append(
                f"select _valid_from, _revision, _accepted_at, _submission_id as _delivery, {columns} "
                f"from ({dated(self._files)})"
            )
        if not histories:
            histories = [
                f"select _period_start as _valid_from, null as _revision, _submitted_at as _accepted_at, "
                f"_submission_id as _delivery, {columns} from b where false"
            ]
        return (
            "select s._submission_id, h.* exclude (_valid_from, _revision, _accepted_at, _delivery) "
            "from submission as s "
            f"join ({' union all by name '.join(histories)}) as h on h._valid_from < s._period_start "
            f"qualify row_number() over (partition by s._submission_id, {keys} "
            "order by h._valid_from desc, h._revision desc nulls first, h._accepted_at desc, "
            "h._delivery desc) = 1"
        )


def _in_order(deliveries: Iterable[ParsedDelivery]) -> list[ParsedDelivery]:
    """As settling decides them, so that the last one of a place is its newest revision."""
    return sorted(deliveries, key=lambda d: (_utc(d.envelope.submitted_at), d.submission_id))


def _place(delivery: ParsedDelivery) -> Place | None:
    envelope = delivery.envelope
    if envelope.reporter_code is None or envelope.period is None or delivery.rows_path is None:
        return None
    return envelope.reporter_code, envelope.period


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
