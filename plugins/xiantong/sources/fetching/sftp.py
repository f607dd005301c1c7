"""Files from SFTP servers."""

from __future__ import annotations

import posixpath
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paramiko

from xiantong.names import DatasetId
from xiantong.sources.fetching.config import SftpSource
from xiantong.sources.fetching.target import Target
from xiantong.sources.folder import CONTROL, MARKER, TEMPORARY, readable
from xiantong.sources.source import Skipped

_CONNECT_SECONDS = 20
# A server that says nothing for so long, in the middle of a list or file, keeps nobody waiting.
_SILENT_SECONDS = 60


def fetch_sftp(source: SftpSource, secret: str | None, target: Target) -> Iterator[Skipped]:
    """Copy what is new; yields what could not be copied. Raises what connecting raises."""
    with _connected(source, secret) as sftp:
        for dataset, folder in source.datasets.items():
            try:
                found = sftp.listdir_attr(folder)
            except OSError as error:
                yield Skipped(f"{source.name}:{folder}", f"cannot be listed: {error}", waiting=True)
                continue
            except UnicodeDecodeError:
                reason = "a file has a name that is not UTF-8; it has to be renamed there"
                yield Skipped(f"{source.name}:{folder}", reason, waiting=True)
                continue
            # Markers last: a marker says that its file is complete.
            for entry in sorted(found, key=lambda e: e.filename.endswith(MARKER)):
                yield from _copy(sftp, source, dataset, folder, entry, target)


def _copy(
    sftp: paramiko.SFTPClient,
    source: SftpSource,
    dataset: DatasetId,
    folder: str,
    entry: paramiko.SFTPAttributes,
    target: Target,
) -> Iterator[Skipped]:
    # Not masked here: two people's files would get one name, and one of them would be lost. The
    # folder is as private as the inbox, and intake masks what it passes on.
    name = CONTROL.sub("_", entry.filename)
    if TEMPORARY.search(name) or not stat.S_ISREG(entry.st_mode or 0):
        return
    place = f"{source.name}:{posixpath.join(folder, readable(entry.filename))}"
    if "/" in name:
        # A server may say anything; a file must not leave the folder of its dataset.
        yield Skipped(place, "a file name with a path in it is not taken")
        return
    modified, size = float(entry.st_mtime or 0), entry.st_size or 0
    if target.has(dataset, name, size, modified):
        return
    remote = posixpath.join(folder, entry.filename)
    try:
        target.write(dataset, name, lambda part: sftp.get(remote, str(part)), modified)
    except (OSError, paramiko.SSHException) as error:
        yield Skipped(place, f"cannot be copied: {error}", waiting=True)


@contextmanager
def _connected(source: SftpSource, secret: str | None) -> Iterator[paramiko.SFTPClient]:
    client = paramiko.SSHClient()
    # A server that nobody vouched for could be anybody.
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    client.load_host_keys(str(source.known_hosts or Path("~/.ssh/known_hosts").expanduser()))
    with client:
        client.connect(
            source.host,
            source.port,
            source.user,
            password=secret,
            key_filename=str(source.key_file) if source.key_file else None,
            allow_agent=secret is None,
            look_for_keys=secret is None and source.key_file is None,
            timeout=_CONNECT_SECONDS,
        )
        with client.open_sftp() as sftp:
            if channel := sftp.get_channel():
                channel.settimeout(_SILENT_SECONDS)
            yield sftp
