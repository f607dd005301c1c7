"""``xiantong``: everything a data engineer, an analyst or a clerk does from a terminal."""

from __future__ import annotations

import typer

from xiantong.cli import areas, contracts, data, operate, sources
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

app.command()(operate.sample)
app.command()(operate.run)
app.command()(operate.up)
app.command()(operate.rebuild)
app.command()(sources.sources)
app.command()(data.check)
app.command()(data.status)
app.command()(data.sql)
app.command()(contracts.template)
app.command()(areas.areas)
app.command()(contracts.new)
app.command()(contracts.generate)
app.command()(contracts.docs)

if __name__ == "__main__":
    app()
