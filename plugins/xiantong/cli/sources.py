"""The command that shows where deliveries are fetched from."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from xiantong.cli.options import AsJson
from xiantong.cli.terminal import PROBLEMS, UserError, err, out, print_json
from xiantong.county_time import county_time
from xiantong.deployment import Deployment
from xiantong.settings import Settings


def sources(
    now: Annotated[
        bool, typer.Option("--now", help="Visit every source at once, due or not.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the SFTP servers, databases and web services that deliveries are fetched from.

    They stand in [cyan]$XIANTONG_HOME/sources.yaml[/] (or XIANTONG_SOURCES); passwords come from the
    environment (XIANTONG_SECRET_<NAME>) or an Airflow connection. With --now they are visited and
    what went wrong is told (exit status 1).

    [cyan]xiantong sources[/]

    [cyan]XIANTONG_SECRET_REGISTRY=… xiantong sources --now[/]
    """
    from xiantong.sources import SourceError, fetch
    from xiantong.sources.fetching import known_sources, visited_at

    deployment = Deployment(Settings())
    settings = deployment.settings
    try:
        known = known_sources(settings, deployment.catalogue)
        problems = fetch(settings, deployment.catalogue, at_once=True) if now else []
    except SourceError as error:
        raise UserError(str(error)) from error
    rows: list[dict[str, Any]] = [
        {
            "name": source.name,
            "type": source.type,
            "datasets": {str(dataset): place for dataset, place in source.datasets.items()},
            "every_minutes": source.every_minutes,
            "visited_at": visited_at(settings, source),
        }
        for source in known
    ]
    if as_json:
        print_json({"sources": rows, "problems": [f"{p.place}: {p.reason}" for p in problems]})
    elif not rows:
        out().print(
            f"No sources: {settings.sources_file} does not exist. The inbox is the only one."
        )
    else:
        out().print(_table(rows))
        for problem in problems:
            err().print(f"[red]{problem.place}[/]: {problem.reason}")
    if problems:
        raise typer.Exit(PROBLEMS)


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("source", "type", "datasets", "every", "last visit (Beijing)")
    for row in rows:
        visited = row["visited_at"]
        table.add_row(
            row["name"],
            row["type"],
            "\n".join(f"{dataset} ← {place}" for dataset, place in row["datasets"].items()),
            f"{row['every_minutes']:g} min",
            f"{county_time(visited):%Y-%m-%d %H:%M}" if visited else "never",
        )
    return table
