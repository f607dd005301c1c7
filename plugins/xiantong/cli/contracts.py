"""Commands around contracts: blank forms, new datasets, generated files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xiantong.cli.terminal import (
    PROBLEMS,
    UserError,
    catalogue_of,
    contract_of,
    err,
    out,
    period_of,
    progress_bar,
    shown,
)
from xiantong.contracts.model import Contract, Delivery, LoadMode, Reporter
from xiantong.names import DatasetId
from xiantong.periods import Frequency, Period
from xiantong.settings import Settings

if TYPE_CHECKING:
    from xiantong.forms.last import LastRows


def template(
    dataset: Annotated[
        str, typer.Argument(help="Dataset id, such as energy.power_unit.", show_default=False)
    ],
    period: Annotated[str | None, typer.Option(help="Period that the form is for.")] = None,
    reporter: Annotated[
        str | None, typer.Option(help="Reporter code that the form is for.")
    ] = None,
    with_last: Annotated[
        bool,
        typer.Option(
            "--with-last",
            help="Fill in the rows of the reporter's last accepted period; its figures are comments.",
        ),
    ] = False,
    out_path: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; default <dataset>.xlsx.")
    ] = None,
) -> None:
    """Write the blank Excel form of a dataset, with its drop-down lists and notes.

    [cyan]xiantong template energy.power_unit --period 2023-10 --out 电力机组.xlsx[/]

    [cyan]xiantong template education.school_semester --period 2023-S2 --reporter 青澧县教育局 --with-last[/]
    """
    from xiantong.forms import write_template

    catalogue = catalogue_of(Settings())
    contract = contract_of(catalogue, dataset)
    wanted = period_of(period)
    name = f"{contract.id}{f'_{wanted}' if wanted else ''}.xlsx"
    target = out_path or Path(name)
    target.absolute().parent.mkdir(parents=True, exist_ok=True)
    code = _reporter_code(catalogue.reporters, contract, reporter) if reporter else None
    last = _last(contract, code, wanted) if with_last else None
    written = write_template(
        contract,
        catalogue,
        target,
        period=wanted,
        reporter=code,
        last_values=last.rows if last else None,
        last_period=last.period if last else None,
    )
    out().print(f"{shown(written)}  {contract.title_zh}")


def _last(contract: Contract, reporter_code: str | None, period: Period | None) -> LastRows:
    from xiantong.deployment import Deployment
    from xiantong.forms.last import NoLastRowsError, last_rows

    if reporter_code is None:
        raise UserError("--with-last needs --reporter: whose rows?")
    deployment = Deployment(Settings())
    if not deployment.has_ledger:
        raise UserError("nothing was delivered to this home yet; leave --with-last out", PROBLEMS)
    try:
        return last_rows(contract, deployment.lake, reporter_code, period)
    except NoLastRowsError as error:
        raise UserError(str(error), PROBLEMS) from error


def _reporter_code(reporters: tuple[Reporter, ...], contract: Contract, text: str) -> str:
    """The code of a reporter named by code or name; ``UserError`` when there is none, or when it has
    nothing to report."""
    for reporter in reporters:
        if text in (reporter.reporter_code, reporter.reporter_name):
            if contract.excludes(reporter):
                raise UserError(
                    f"{reporter.reporter_name} does not owe {contract.id} ({contract.title_zh}): "
                    f"its contract leaves out {', '.join(contract.not_owed_by)}"
                )
            return reporter.reporter_code
    raise UserError(f"there is no reporter {text!r} in reporters.csv")


def new(
    dataset: Annotated[
        str, typer.Argument(help="Id of the new dataset, department.dataset.", show_default=False)
    ],
    title: Annotated[str, typer.Option(help="Chinese title of the form.")],
    title_en: Annotated[str, typer.Option(help="English title.")] = "",
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            "-c",
            help="name:header:type[:key][:national][:required][:unit=…][:code=…][:ref=…][:personal|:sensitive]; again for each column.",
        ),
    ] = None,
    frequency: Annotated[Frequency, typer.Option(help="How often it is owed.")] = Frequency.MONTHLY,
    load_mode: Annotated[
        LoadMode, typer.Option(help="How rows of later deliveries relate to earlier ones.")
    ] = LoadMode.SNAPSHOT,
    delivery: Annotated[Delivery, typer.Option(help="Usual channel and format.")] = Delivery.XLSX,
    due_days: Annotated[int, typer.Option(help="Working days after the period's end.")] = 10,
    form_no: Annotated[str, typer.Option(help="Number that is printed on the form.")] = "",
    mart: Annotated[bool, typer.Option(help="Also write a starter mart.")] = True,
) -> None:
    """Start a dataset: its contract, its staging model and a starter mart. Edits no existing file.

    Types: string(20), code, integer, decimal(16,2), date, boolean, month, year, timestamp.

    [cyan]xiantong new culture.library --title 图书馆藏书 \\
    -c 'library_code:图书馆编码:string(10):key' -c 'book_cnt:藏书量:integer:required:unit=册'[/]
    """
    from xiantong.contracts.scaffold import NewDataset, ScaffoldError, parse_column, write_scaffold
    from xiantong.transform import generate as generate_files

    settings = Settings()
    try:
        description = NewDataset(
            id=DatasetId.parse(dataset),
            title_zh=title,
            title_en=title_en or dataset.partition(".")[2].replace("_", " ").capitalize(),
            columns=tuple(parse_column(text) for text in column or ()),
            frequency=frequency,
            load_mode=load_mode,
            delivery=delivery,
            due_days=due_days,
            form_no=form_no,
        )
        written = write_scaffold(
            description, settings.expectations, settings.dbt_project if mart else None
        )
    except (ScaffoldError, ValueError) as error:
        raise UserError(str(error)) from error
    written += generate_files(_project_root(settings))
    for path in written:
        out().print(shown(path), style="green")
    out().print(
        f"Next: look through the contract, then\n"
        f"  xiantong template {dataset}      the blank form for the reporters\n"
        f"  inbox/{DatasetId.parse(dataset).folder}/         where their files belong\n"
        f"  xiantong run"
    )


def generate(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit status 1 when a file is stale.")
    ] = False,
) -> None:
    """Write everything in dbt_project/ that follows from the contracts and indicators.

    [cyan]xiantong generate[/]

    [cyan]xiantong generate --check[/]     in continuous integration
    """
    from xiantong.transform import generate as generate_files

    with err().status("generating"):
        changed = generate_files(_project_root(Settings()), check=check)
    for path in changed:
        out().print(shown(path), style="yellow" if check else "green")
    if not changed:
        out().print("everything is current")
    elif check:
        err().print(f"{len(changed)} files are stale; run: xiantong generate")
        raise typer.Exit(PROBLEMS)


def docs(
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Folder, replaced; default: published/dictionary in the home."),
    ] = None,
) -> None:
    """Write the data dictionary: static pages that need no network, Chinese and English.

    Every dataset, column, rule, mart, indicator and code list, with the way from a delivered column to
    the indicators that it ends up in and back.

    [cyan]xiantong docs[/]

    [cyan]xiantong docs --to /srv/www/dictionary[/]
    """
    from xiantong.dictionary import CompileError, FolderError, write_dictionary

    settings = Settings()
    folder = to or settings.published.parent / "dictionary"
    with progress_bar() as progress:
        task = progress.add_task("dictionary", total=None)
        try:
            pages = write_dictionary(
                settings,
                folder.absolute(),
                lambda done, total, what: progress.update(
                    task, completed=done, total=total, description=what
                ),
            )
        except (CompileError, FolderError) as error:
            raise UserError(str(error)) from error
    out().print(f"{len(pages)} pages → {shown(pages[0])}")


def _project_root(settings: Settings) -> Path:
    if settings.expectations.absolute().parent != settings.dbt_project.absolute().parent:
        raise UserError("XIANTONG_EXPECTATIONS and XIANTONG_DBT_PROJECT have to lie in one folder")
    return settings.expectations.absolute().parent
