"""Faults of a file that keep a return from being made in the best way."""


class UnpatchableError(Exception):
    """The original is no workbook that can be marked in place."""


class UnreadableError(Exception):
    """The rows of the original cannot be read at all."""
