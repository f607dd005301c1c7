"""The command that loads a county's own table of areas."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xiantong.cli.options import AsJson
from xiantong.cli.terminal import UserError, err, out, print_json, shown
from xiantong.deployment import Deployment
from xiantong.settings import Settings

if TYPE_CHECKING:
    from xiantong.areas import AreaUpdate


def areas(
    file: Annotated[
        Path, typer.Argument(help="Workbook or CSV with code and name.", show_default=False)
    ],
    since: Annotated[
        datetime,
        typer.Option(
            "--since", formats=["%Y-%m-%d"], help="First day on which the table is in force."
        ),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load a table of area codes (统计用区划代码) into expectations/areas.csv.

    The columns 统计用区划代码 and 名称 are needed, 城乡分类代码 and 常住人口 welcome. Codes that are
    gone end on the day, new ones start, renamed ones get a second span; the counties of the table are
    touched and no others. What became of an ended code goes into area_changes.csv.

    [cyan]xiantong areas 区划代码2024.xlsx --since 2024-01-01 --dry-run[/]
    """
    from xiantong.areas import AreaFileError, compare_areas, read_area_table, write_areas

    deployment = Deployment(Settings())
    catalogue = deployment.catalogue
    day = since.date()
    try:
        update = compare_areas(
            catalogue.areas,
            read_area_table(file, day),
            day,
            followed={change.area_code for change in catalogue.area_changes},
        )
    except (AreaFileError, OSError) as error:
        raise UserError(f"{file.name}: {error}") from error
    target = deployment.settings.expectations / "areas.csv"
    if not dry_run:
        write_areas(target, update.areas)
    if as_json:
        print_json(_as_json(update))
        return
    _show_changes(update, day)
    out().print(
        f"{len(update.added)} new, {len(update.renamed)} renamed, {len(update.ended)} ended; "
        + ("nothing written" if dry_run else f"written to {shown(target)}; run: xiantong generate")
    )
    if update.orphans:
        err().print(
            f"[yellow]{len(update.orphans)} ended codes have no successor in area_changes.csv; their "
            f"figures will not be compared with later ones[/]"
        )


def _as_json(update: AreaUpdate) -> dict[str, Any]:
    return {
        "added": [area.area_code for area in update.added],
        "renamed": [[before.area_name, now.area_name] for before, now in update.renamed],
        "ended": [area.area_code for area in update.ended],
        "without_successor": [area.area_code for area in update.orphans],
    }


def _show_changes(update: AreaUpdate, day: date) -> None:
    for area in update.added:
        out().print(f"[green]+[/] {area.area_code} {area.area_name}")
    for before, now in update.renamed:
        out().print(f"[yellow]~[/] {now.area_code} {before.area_name} → {now.area_name}")
    for area in update.ended:
        out().print(f"[red]-[/] {area.area_code} {area.area_name}, until {day}")
