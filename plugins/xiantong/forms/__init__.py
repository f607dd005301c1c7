"""Blank forms: the department's own table as a workbook that helps to fill it in correctly."""

from xiantong.forms.template import write_template

__all__ = ["write_template"]
