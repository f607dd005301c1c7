"""Blank forms: the department's own table as a workbook that helps to fill it in correctly."""

from xiantong.forms.template import write_template
from xiantong.forms.wording import written_period

__all__ = ["write_template", "written_period"]
