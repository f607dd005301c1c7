"""Whose table a file is, where nobody said it: by its form number, its folder or its name."""

from __future__ import annotations

import re
from pathlib import Path

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract
from xiantong.names import DatasetId
from xiantong.parsing.formats import Format, tell_format
from xiantong.parsing.found import Place, UnreadableError
from xiantong.parsing.sheet import Sheet
from xiantong.parsing.titles import Label, Titles
from xiantong.parsing.workbook import read_xls, read_xlsx

_TITLE_ROWS = 10
_HEAD_BYTES = 65_536
_JSON_DATASET = re.compile(r'"dataset_id"\s*:\s*"([\w.]+)"')


def recognise_dataset(path: Path, catalogue: Catalogue) -> Contract | None:
    """The contract of a file, None where nothing tells it for certain.

    What the content says comes first (表号 in the title rows, ``dataset_id`` of a JSON envelope),
    then the folders ``<department>/<dataset>/``, then a form number or title in the file name.
    """
    return _by_content(path, catalogue) or _by_folder(path, catalogue) or _by_name(path, catalogue)


def _by_content(path: Path, catalogue: Catalogue) -> Contract | None:
    try:
        kind = tell_format(path)
        if kind is Format.JSON:
            return _by_envelope(path, catalogue)
        if kind is Format.XLSX:
            return _by_form_number(read_xlsx(path, wants_percent=False).sheets, catalogue)
        if kind is Format.XLS:
            return _by_form_number(read_xls(path).sheets, catalogue)
    except UnreadableError:
        pass  # the check will say what is wrong with it
    return None


def _by_envelope(path: Path, catalogue: Catalogue) -> Contract | None:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES).decode("utf-8", "replace")
    said = _JSON_DATASET.search(head)
    known = {str(dataset): contract for dataset, contract in catalogue.contracts.items()}
    return known.get(said[1]) if said else None


def _by_form_number(sheets: list[Sheet], catalogue: Catalogue) -> Contract | None:
    known = {"".join(c.form_no.split()): c for c in catalogue.contracts.values() if c.form_no}
    found = set()
    for sheet in sheets:
        titles = Titles()
        rows = zip(sheet.head.cells[:_TITLE_ROWS], sheet.head.numbers, strict=False)
        for row, number in rows:
            titles.read(row, Place(sheet.name, number))
        said = "".join((titles.first(Label.FORM_NO) or "").split())
        if said in known and not sheet.hidden:
            found.add(known[said].id)
    return catalogue.contract(found.pop()) if len(found) == 1 else None


def _by_folder(path: Path, catalogue: Catalogue) -> Contract | None:
    parents = path.absolute().parts[-3:-1]
    if len(parents) < 2:
        return None
    return catalogue.contracts.get(DatasetId(*parents))


def _by_name(path: Path, catalogue: Catalogue) -> Contract | None:
    stem = path.stem
    found = [
        contract
        for contract in catalogue.contracts.values()
        if (contract.form_no and contract.form_no in stem)
        or str(contract.id) in stem
        or contract.title_zh in stem
    ]
    return found[0] if len(found) == 1 else None
