"""The data dictionary: every dataset, column, rule, mart and indicator as static pages.

Chinese and English side by side, with the way from a delivered column to the indicators that it
ends up in. The pages need no network and no server.
"""

from xiantong.dictionary.models import CompileError
from xiantong.dictionary.write import FolderError, write_dictionary

__all__ = ["CompileError", "FolderError", "write_dictionary"]
