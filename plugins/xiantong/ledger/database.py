"""The database of the ledger: brought up to date, read, written and locked."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Engine, Executable, Row, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from xiantong.ledger.engine import open_engine, writing
from xiantong.ledger.schema import HEAD, VERSION_TABLE
from xiantong.settings import Settings

_MIGRATIONS = Path(__file__).parent / "migrations"


class LedgerError(Exception):
    """The ledger cannot do what was asked; the message says why."""


class LedgerDatabase:
    """The tables of a ledger in SQLite or PostgreSQL: sessions, locks, and the newest migration."""

    def __init__(self, url: str) -> None:
        self._engine: Engine = open_engine(url)
        self._writing = writing(self._engine)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The ledger of a deployment, with its tables brought up to date."""
        ledger = cls(settings.ledger_url)
        ledger.upgrade()
        return ledger

    def close(self) -> None:
        self._engine.dispose()

    # -- tables ---------------------------------------------------------------------------------

    def upgrade(self) -> None:
        """Create the tables or bring them to the newest migration. Quick when they are."""
        if self._version() == HEAD:
            return
        with self.lock("upgrade"):
            if self._version() != HEAD:
                self._migrate()

    def _version(self) -> str | None:
        with self._engine.connect() as connection:
            if not inspect(connection).has_table(VERSION_TABLE):
                return None
            version: str | None = connection.scalar(
                text(f"select version_num from {VERSION_TABLE}")
            )
            return version

    def _migrate(self) -> None:
        # Alembic takes a second to import and is needed once in the life of a ledger.
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        with self._writing.begin() as connection:
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                raise LedgerError(
                    f"the ledger cannot be brought from {self._version()} to {HEAD}; "
                    f"was it written by a newer version? {error}"
                ) from error

    # -- transactions and locks -----------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads."""
        with Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on an exception."""
        with Session(self._writing) as session, session.begin():
            yield session

    def stream(self, statement: Executable, size: int = 10_000) -> Iterator[Row[*tuple[Any, ...]]]:
        """Rows of a query, fetched ``size`` at a time."""
        with self.reading() as session:
            result = session.execute(statement, execution_options={"yield_per": size})
            for partition in result.partitions():
                yield from partition

    def lock(self, name: str) -> AbstractContextManager[None]:
        """Wait until no other process is inside the lock of the same name; freed when it dies.

        Long work on files (settling a dataset) holds this instead of a transaction.
        """
        if self._engine.dialect.name != "sqlite":
            return self._advisory_lock(name)
        database = self._engine.url.database
        if not database or database == ":memory:":
            return nullcontext()  # nobody else can see it
        return _file_lock(Path(f"{database}.locks") / name)

    @contextmanager
    def _advisory_lock(self, name: str) -> Iterator[None]:
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("select pg_advisory_lock(:number)"), {"number": number})
            try:
                yield
            finally:
                # A connection that broke has lost the lock; saying so would hide what broke it.
                with suppress(DBAPIError):
                    connection.execute(
                        text("select pg_advisory_unlock(:number)"), {"number": number}
                    )


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
