"""Options and arguments that several commands have, and what they mean."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from xiantong.cli.terminal import UserError, contract_of, period_of
from xiantong.county_time import start_of_county_day
from xiantong.deployment import Deployment
from xiantong.names import DatasetId
from xiantong.periods import Period

DAY = ["%Y-%m-%d"]

PeriodArgument = Annotated[str, typer.Argument(metavar="PERIOD", help="2023-10, 2023-Q3, 2023-S2 or 2023.", show_default=False)]  # fmt: skip
ReporterArgument = Annotated[str, typer.Argument(metavar="REPORTER", help="Reporter code.", show_default=False)]  # fmt: skip
OnePeriod = Annotated[str | None, typer.Argument(help="Only this period.")]
OneReporter = Annotated[str | None, typer.Option(help="Only this reporter.")]
OneDataset = Annotated[str | None, typer.Option("--dataset", "-d", help="Only this dataset.")]
Datasets = Annotated[list[str] | None, typer.Option("--dataset", "-d", help="Only this dataset; again for more.")]  # fmt: skip
Department = Annotated[str | None, typer.Option(help="Only the datasets of this department.")]
Reason = Annotated[str, typer.Option(help="Why; kept for ever and told to the reporters.")]
By = Annotated[str | None, typer.Option(help="Who decided; default: the user of this machine.")]
Granted = Annotated[datetime | None, typer.Option(formats=DAY, help="Day on which it was agreed; default: now.")]  # fmt: skip
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


def given_period(text: str) -> Period:
    """A period that has to be given; ``UserError`` when it is none."""
    period = period_of(text)
    if period is None:
        raise UserError("a period is wanted, such as 2023-10")
    return period


def dataset_id(deployment: Deployment, text: str | None) -> DatasetId | None:
    """A dataset option; ``UserError`` when nothing has that id."""
    return contract_of(deployment.catalogue, text).id if text else None


def dataset_ids(deployment: Deployment, texts: list[str] | None) -> list[DatasetId]:
    """A dataset option that may be given again."""
    return [contract_of(deployment.catalogue, text).id for text in texts or ()]


def morning(day: datetime | None) -> datetime | None:
    """The beginning of a day in the county, in UTC without a zone."""
    return None if day is None else start_of_county_day(day.date())
