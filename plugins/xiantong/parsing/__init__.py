"""From a delivered file to text: formats, headers, title rows, units, totals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xiantong.contracts.catalogue import Catalogue
    from xiantong.contracts.model import Contract
    from xiantong.delivered import DeliveryFile
    from xiantong.parsing.model import ParsedDelivery

__all__ = ["parse_delivery", "recognise_dataset"]


def recognise_dataset(path: Path, catalogue: Catalogue) -> Contract | None:
    """The contract of a file, told by its form number, folders or name; None where nothing tells."""
    from xiantong.parsing import recognise

    return recognise.recognise_dataset(path, catalogue)


def parse_delivery(
    source: DeliveryFile, contract: Contract, catalogue: Catalogue, out_dir: Path
) -> ParsedDelivery:
    """Read a delivery into ``out_dir/<submission_id>.parquet``.

    The format is told by the content: xlsx, xls, CSV (UTF-8 or GB18030) or JSON
    ``{envelope, rows}``. Whatever is wrong with the file becomes a finding; nothing about its
    content raises.
    """
    # Whoever only names a parsed delivery shall not load every reader of workbooks with it.
    from xiantong.parsing.delivery import read_delivery

    return read_delivery(source, contract, catalogue, out_dir)
