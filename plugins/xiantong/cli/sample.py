"""The command that writes the fictional county's deliveries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from xiantong.cli.terminal import (
    UserError,
    contract_of,
    out,
    period_of,
    progress_bar,
    shown,
)
from xiantong.deployment import Deployment
from xiantong.periods import Frequency, Period
from xiantong.settings import Settings


def sample(
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder to write into; default: the inbox.")
    ] = None,
    first: Annotated[str, typer.Option("--from", help="First month.")] = "2022-01",
    last: Annotated[str, typer.Option("--to-period", help="Last month.")] = "2023-12",
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 1,
    scale: Annotated[
        float, typer.Option(help="Multiplies the rows of claims and meter readings.")
    ] = 1.0,
    dataset: Annotated[
        list[str] | None, typer.Option("--dataset", "-d", help="Only this dataset; again for more.")
    ] = None,
) -> None:
    """Write the deliveries of a fictional county, with the mistakes that real ones have.

    [cyan]xiantong sample[/]

    [cyan]xiantong sample --from 2023-01 --to-period 2023-03 --scale 0.01 -d energy.power_unit[/]
    """
    from xiantong.sample import write_sample

    deployment = Deployment(Settings())
    months = [_month(first), _month(last)]
    if scale <= 0:
        raise UserError("--scale is a positive number")
    datasets = [contract_of(deployment.catalogue, text).id for text in dataset or ()] or None
    target = to or deployment.settings.inbox
    with progress_bar() as progress:
        task = progress.add_task("sample", total=None)

        def tell(done: int, total: int, what: str) -> None:
            progress.update(task, completed=done, total=total, description=escape(what))

        try:
            summary = write_sample(
                target, deployment.catalogue, months[0], months[1], seed, scale, datasets, tell
            )
        except ValueError as error:
            raise UserError(str(error)) from error
    out().print(
        f"{summary.files} files with {summary.rows:,} rows → {shown(target)}\n"
        f"among them {len(summary.wrong)} wrong ones, each followed by its correction, "
        f"{len(summary.late)} late and {len(summary.twice)} sent twice"
    )


def _month(text: str) -> Period:
    period = period_of(text)
    if period is None or period.frequency is not Frequency.MONTHLY:
        raise UserError(f"{text!r} is not a month, such as 2023-01")
    return period
