"""The command that supervises a local Airflow."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from xiantong import local
from xiantong.cli.terminal import (
    PROBLEMS,
    UserError,
    err,
    shown,
)
from xiantong.embedded import ADMIN, EmbeddedAirflow
from xiantong.people import user_names
from xiantong.settings import Settings

DEFAULT_PORT = 8080


def up(
    port: Annotated[
        int | None,
        typer.Option(
            help=f"Port of the web interface; default: {DEFAULT_PORT} or the next free one."
        ),
    ] = None,
) -> None:
    """Start a local Airflow on 127.0.0.1 and keep it running until Ctrl-C.

    The scheduler looks at the inbox every XIANTONG_INTAKE_SECONDS (300) and does the rest.

    [cyan]xiantong up[/]

    [cyan]XIANTONG_INTAKE_SECONDS=30 xiantong up --port 9000[/]
    """
    from xiantong.supervisor import Supervisor, free_port, is_free

    settings = Settings()
    if port is not None and not is_free(port):
        raise UserError(f"port {port} is taken; choose another one with --port")
    chosen = port or free_port(DEFAULT_PORT)
    embedded = EmbeddedAirflow(settings)
    console = err()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with local.only_one(embedded):
            supervisor = Supervisor(
                embedded, chosen, lambda line: console.print(f"[yellow]{escape(line)}[/]")
            )
            with console.status("preparing the Airflow database"):
                supervisor.prepare()
            try:
                _supervise(supervisor, embedded, chosen, stop)
            finally:
                console.print("stopping …")
                supervisor.stop()
                console.print("stopped")
    except local.BusyError as error:
        raise UserError(str(error), PROBLEMS) from error
    except subprocess.CalledProcessError as error:
        raise UserError(
            f"the Airflow database cannot be prepared; see {embedded.logs / 'database.log'}",
            PROBLEMS,
        ) from error


def _supervise(
    supervisor: Any, embedded: EmbeddedAirflow, port: int, stop: threading.Event
) -> None:
    console = err()
    people = _people_table(embedded)
    if people.rows:
        console.print(people)
    console.print(
        f"Airflow     [cyan]http://127.0.0.1:{port}[/]\n"
        f"user        [cyan]{ADMIN}[/]\n"
        f"password    [cyan]{escape(embedded.admin_password())}[/]  (kept in {shown(embedded.passwords_file)})\n"
        f"reporters   [cyan]http://127.0.0.1:{port}/xiantong/[/]  (their users stand above)\n"
        f"inbox       {shown(embedded.settings.inbox)}\n"
        f"logs        {shown(embedded.logs)}\n"
        f"Ctrl-C stops everything."
    )
    before: dict[str, str] = {}
    missed = 0
    next_look = 0.0
    while not stop.wait(0.5):
        supervisor.look()
        if time.monotonic() < next_look:
            continue
        health = supervisor.health()
        # A busy machine answers late now and then; three times is worth a line.
        missed = 0 if health else missed + 1
        if health != before and (health or missed == 3):
            console.print(f"{datetime.now().astimezone():%H:%M:%S}  {_health_line(health)}")
            before = health
        next_look = time.monotonic() + 5


def _people_table(embedded: EmbeddedAirflow) -> Table:
    """Users of people.csv with their passwords: this Airflow serves one machine and its guests."""
    passwords = embedded.passwords()
    names = user_names(embedded.settings.people_file)
    table = Table("user", "password", "who", box=SIMPLE_HEAD, pad_edge=False)
    for user in embedded.users():
        if user != ADMIN:
            table.add_row(escape(user), f"[cyan]{escape(passwords[user])}[/]", escape(names[user]))
    return table


def _health_line(health: dict[str, str]) -> str:
    if not health:
        return "[yellow]the API server does not answer[/]"
    return "  ".join(
        f"[{'green' if state == 'healthy' else 'red'}]{name.replace('_', ' ')} {state}[/]"
        for name, state in health.items()
    )
