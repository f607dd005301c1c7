"""The file that says where deliveries are fetched from: ``sources.yaml``.

.. code-block:: yaml

    sources:
      - name: registry            # 市场监管局前置机
        type: sftp
        host: 10.1.2.3
        user: county
        secret: registry          # XIANTONG_SECRET_REGISTRY, or the Airflow connection of that name
        datasets: {market_regulation.market_entity: /outgoing/entities}
      - name: audit_office        # 审计管理系统只读视图
        type: database
        url: postgresql+psycopg://reader@10.1.2.4/audit
        secret: audit_office
        reporter: 980121000000audit
        datasets: {audit.audit_project: public.v_audit_project}
      - name: fire_platform       # 林火监测平台
        type: http
        reporter: 980121000000forestry
        datasets: {forestry.fire_event: "https://10.1.2.5/export/fire?period={period}"}

No secret stands in the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from xiantong.contracts.model import Strict
from xiantong.names import DatasetId

_NAME = r"^[a-z][a-z0-9_]*$"
_Dataset = Annotated[
    DatasetId, BeforeValidator(lambda v: DatasetId.parse(v) if isinstance(v, str) else v)
]


class SourceError(ValueError):
    """``sources.yaml`` cannot be read. The message names the file and the place."""


class _Fetched(Strict):
    """What all sources have in common.

    ``datasets`` says for each dataset where it is: the folder (sftp), the view (database) or the
    address (http). ``every_minutes`` is the pause between two looks. ``secret`` names the password
    or token; see ``xiantong.sources.fetching.secrets``.
    """

    name: str = Field(pattern=_NAME)
    datasets: dict[_Dataset, str] = Field(min_length=1)
    every_minutes: float = Field(default=60.0, ge=0)
    secret: str | None = Field(default=None, pattern=_NAME)


class SftpSource(_Fetched):
    """A folder per dataset on an SFTP server; ``<file>.ok`` marks a file as complete.

    The server must be in ``known_hosts`` (the user's own file unless another is given); without
    ``secret`` the key in ``key_file`` or the SSH agent signs in.
    """

    type: Literal["sftp"]
    host: str
    port: int = 22
    user: str
    key_file: Path | None = None
    known_hosts: Path | None = None


class DatabaseSource(_Fetched):
    """A read-only view per dataset, with the column names of the contract.

    ``url`` is an SQLAlchemy URL without password. Where the view has a column ``period``, the newest
    ``look_back`` periods are fetched, one delivery each; without one it shows the last period that
    has ended. ``reporter`` is who answers for the data.
    """

    type: Literal["database"]
    url: str
    reporter: str
    look_back: int = Field(default=3, ge=1)


class HttpSource(_Fetched):
    """An address per dataset that answers with a delivery: JSON, CSV or a workbook.

    ``{period}`` in the address is replaced by each period that is due about now. 204 and 404 mean
    that there is nothing yet. A ``secret`` is sent as bearer token.
    """

    type: Literal["http"]
    reporter: str
    timeout_seconds: float = 60.0


AnySource = Annotated[SftpSource | DatabaseSource | HttpSource, Field(discriminator="type")]


class SourcesFile(Strict):
    sources: tuple[AnySource, ...] = ()

    @model_validator(mode="after")
    def _names_are_different(self) -> SourcesFile:
        names = [source.name for source in self.sources]
        if len(set(names)) < len(names):
            raise ValueError("two sources have the same name")
        return self


def read_sources(path: Path) -> SourcesFile:
    """Read the file; none means no sources. Raises ``SourceError``."""
    if not path.exists():
        return SourcesFile()
    try:
        return SourcesFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except ValidationError as error:
        places = "; ".join(
            f"{'.'.join(map(str, e['loc'][1:]))}: {e['msg']}" for e in error.errors()[:5]
        )
        raise SourceError(f"{path}: {places}") from error
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: {error}") from error
