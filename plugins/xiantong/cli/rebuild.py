"""The command that makes the warehouse again."""

from __future__ import annotations

from rich.markup import escape

from xiantong import local
from xiantong.cli.terminal import (
    PROBLEMS,
    UserError,
    out,
    progress_bar,
    shown,
)
from xiantong.deployment import Deployment
from xiantong.embedded import EmbeddedAirflow
from xiantong.settings import Settings


def rebuild() -> None:
    """Make the warehouse again from lake and ledger, then build and publish the marts.

    [cyan]xiantong rebuild[/]

    [cyan]XIANTONG_WAREHOUSE=postgresql://… xiantong rebuild[/]     on another engine
    """
    from xiantong.marts import MartsError, MartsWork
    from xiantong.transform import publish
    from xiantong.warehouse import WarehouseBusyError
    from xiantong.warehouse import rebuild as rebuild_warehouse

    deployment = Deployment(Settings())
    with progress_bar() as progress:
        task = progress.add_task("rebuild", total=None)

        def tell(text: str) -> None:
            progress.update(task, description=escape(text[:70]))

        try:
            with local.only_one(EmbeddedAirflow(deployment.settings)):
                summary = rebuild_warehouse(
                    deployment.settings,
                    deployment.catalogue,
                    deployment.ledger,
                    deployment.store,
                    tell,
                )
                built = MartsWork(deployment).build(everything=True, tell=tell)
                tell("publishing")
                path = publish(deployment.settings)
        except (local.BusyError, WarehouseBusyError, MartsError) as error:
            raise UserError(str(error), PROBLEMS) from error
    out().print(
        f"{sum(summary.rows.values()):,} rows of {len(summary.rows)} datasets, {built.models} models → {shown(path)}"
    )
    for name in summary.without_contract:
        out().print(f"[yellow]left out[/] {name}: it has accepted deliveries but no contract")
