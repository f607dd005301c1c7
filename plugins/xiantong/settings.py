"""Settings of a deployment, from environment variables that start with ``XIANTONG_``."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """``Settings()`` reads the environment; every path is absolute afterwards.

    ``home`` holds everything that a run writes; ``store`` is any fsspec URL, ``cache_gigabytes`` how
    much of a store that is not local is kept below ``home`` as copies; ``ledger`` and
    ``warehouse`` are SQLAlchemy URLs; ``hash_key`` is the secret behind hashed identifiers (made
    and kept below ``home`` when it is not given); ``expectations`` and ``dbt_project`` are the
    folders of the project itself. ``people`` says who reports for whom (default: ``people.csv`` in
    ``expectations``), ``upload_megabytes`` is the largest file that the web pages take; ``sources``
    is the file that says where else deliveries are fetched from; ``intake_seconds``: how often the
    sources are looked at. ``smtp``: mail server of the reminders (see ``reminders.SmtpServer``);
    ``contacts``: another file than ``contacts.csv`` of the expectations; ``remind_webhook``: chat of
    the county office; ``remind_before`` and ``remind_every``: working days (see
    ``reminders.QuietRules``); ``pages_url``: where reporters reach the pages, for the links in messages.
    """

    model_config = SettingsConfigDict(env_prefix="XIANTONG_", frozen=True, extra="ignore")

    home: Path = Path("var")
    store: str = ""
    cache_gigabytes: float = Field(default=20.0, gt=0)
    ledger: str = ""
    warehouse: str = ""
    hash_key: str = Field(default="", repr=False)
    expectations: Path = PROJECT_ROOT / "expectations"
    people: Path | None = None
    upload_megabytes: int = 50
    dbt_project: Path = PROJECT_ROOT / "dbt_project"
    sources: Path | None = None
    stable_seconds: float = 2.0
    intake_seconds: float = 300.0
    smtp: str = Field(default="", repr=False)
    contacts: Path | None = None
    remind_webhook: str = Field(default="", repr=False)
    remind_before: int = Field(default=3, ge=0)
    remind_every: int = Field(default=5, ge=1)
    pages_url: str = ""

    @cached_property
    def root(self) -> Path:
        return self.home.absolute()

    @property
    def people_file(self) -> Path:
        return self.people or self.expectations / "people.csv"

    @property
    def drafts(self) -> Path:
        return self.root / "drafts"

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def sources_file(self) -> Path:
        return (self.sources or self.root / "sources.yaml").absolute()

    @property
    def fetched(self) -> Path:
        return self.root / "fetched"

    @property
    def returns(self) -> Path:
        return self.root / "returns"

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def published(self) -> Path:
        return self.root / "published" / "warehouse.duckdb"

    @property
    def contacts_path(self) -> Path:
        return self.contacts or self.expectations / "contacts.csv"

    @property
    def store_url(self) -> str:
        return self.store or f"file://{self.root / 'store'}"

    @property
    def ledger_url(self) -> str:
        return self.ledger or f"sqlite:///{self.root / 'ledger.db'}"

    @property
    def warehouse_url(self) -> str:
        return self.warehouse or f"duckdb:///{self.root / 'warehouse.duckdb'}"
