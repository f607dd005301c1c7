"""How every command speaks: results on stdout, everything else on stderr, errors as one sentence."""

from __future__ import annotations

import json
import os
import shutil
import sys
import traceback
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn, TextIO

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from typer.core import TyperGroup

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract
from xiantong.contracts.odcs import ContractError
from xiantong.periods import Period
from xiantong.settings import Settings

PROBLEMS = 1
WRONG_USE = 2
WIDE = 240
STOPPED = "stopped; run the same command again to go on"


class UserError(Exception):
    """Something that the user can mend; the message says how. ``status`` is the exit status."""

    def __init__(self, message: str, status: int = WRONG_USE) -> None:
        super().__init__(message)
        self.status = status


class Commands(TyperGroup):
    """The command group. No traceback reaches the user, unless ``XIANTONG_DEBUG`` is set."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise
        except UserError as error:
            _end(str(error), error.status)
        except ContractError as error:
            _end(str(error), PROBLEMS)
        except KeyboardInterrupt:
            _end(STOPPED, 130)
        except Exception as error:
            if os.environ.get("XIANTONG_DEBUG"):
                raise
            _end(f"{type(error).__name__}: {error}{_kept_traceback(error)}", PROBLEMS)


def out() -> Console:
    """Console for results; into a pipe or a file tables are written in full width."""
    return _console(sys.stdout)


def err() -> Console:
    """Console for progress and messages."""
    return _console(sys.stderr)


def progress_bar() -> Progress:
    """How far a long command has come, on stderr; it goes when the command ends."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err(),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )


def _console(file: TextIO) -> Console:
    return Console(file=file, width=None if file.isatty() else WIDE, highlight=False)


def print_json(value: Any) -> None:
    """One JSON document on stdout. Decimals become numbers, dates ISO text."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def catalogue_of(settings: Settings) -> Catalogue:
    return Catalogue(settings.expectations)


def contract_of(catalogue: Catalogue, dataset: str) -> Contract:
    """The contract with this id; ``UserError`` with the near misses when there is none."""
    try:
        return catalogue.contract(dataset)
    except (KeyError, ValueError) as error:
        raise UserError(str(error.args[0])) from error


def period_of(text: str | None) -> Period | None:
    """A period option; ``UserError`` when it is none."""
    try:
        return Period(text) if text else None
    except ValueError as error:
        raise UserError(str(error)) from error


def shown(path: Path) -> str:
    """A path as people like to read it: relative where it lies below the working directory."""
    absolute = path.absolute()
    here = Path.cwd()
    return escape(str(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute))


def program() -> str:
    """How this command is called from here: by its name where the shell finds it, else by its path."""
    return "xiantong" if shutil.which("xiantong") else shown(Path(sys.argv[0]))


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime() | date():
            return value.isoformat()
        case StrEnum() | Path() | Period():
            return str(value)
        case bytes():
            return value.hex()
        case set() | frozenset() | tuple():
            return list(value)
        case _:
            return str(value)


def _kept_traceback(error: Exception) -> str:
    """Where the details were kept; nothing where the home itself cannot be written."""
    path = Settings().root / "last-error.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError:
        return ""
    return f" (details: {path})"


def _end(message: str, status: int) -> NoReturn:
    err().print(f"[bold red]error:[/] {escape(message)}")
    raise typer.Exit(status)
