"""Fetching: copies deliveries from SFTP servers, web services and databases into local folders.

What a department's system offers is first copied below ``$XIANTONG_HOME/fetched/<source>``; intake
then treats it like the inbox. A source that cannot be reached is reported and tried again later; it
never keeps the others waiting.
"""

from xiantong.sources.fetching.config import SourceError, SourcesFile, read_sources
from xiantong.sources.fetching.fetch import fetch, known_sources, visited_at

__all__ = [
    "SourceError",
    "SourcesFile",
    "fetch",
    "known_sources",
    "read_sources",
    "visited_at",
]
