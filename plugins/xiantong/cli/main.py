"""``xiantong``: everything a data engineer, an analyst or a clerk does from a terminal."""

from __future__ import annotations

import typer

from xiantong.cli import (
    areas,
    arrange,
    check,
    contracts,
    differences,
    period,
    query,
    rebuild,
    remind,
    run,
    sample,
    sources,
    status,
    up,
)
from xiantong.cli.terminal import Commands

app = typer.Typer(
    cls=Commands,
    name="xiantong",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Xiantong (县统): a county's departments deliver, it checks, keeps, builds and publishes.\n\n"
    "A first round:\n\n"
    "  [cyan]xiantong sample[/]                      fill the inbox with a fictional county's deliveries\n\n"
    "  [cyan]xiantong run[/]                         check, settle, build and publish them\n\n"
    "  [cyan]xiantong sql 'select * from marts.fct_submission limit 5'[/]\n\n"
    "Everything that is written lies below [cyan]XIANTONG_HOME[/] (default: ./var).",
)

app.command()(sample.sample)
app.command()(run.run)
app.command()(up.up)
app.command()(rebuild.rebuild)
app.command()(sources.sources)
app.command()(check.check)
app.command()(status.status)
app.command()(differences.diff)
app.command()(query.sql)
app.command()(contracts.template)
app.command()(areas.areas)
app.command()(contracts.new)
app.command()(contracts.generate)
app.command()(contracts.docs)
app.command()(remind.remind)
app.add_typer(period.app, name="period")
app.add_typer(arrange.app, name="arrange")

if __name__ == "__main__":
    app()
