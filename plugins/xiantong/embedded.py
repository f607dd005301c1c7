"""The embedded Airflow: its home, its configuration and its secrets, all below ``XIANTONG_HOME``.

Nothing here imports Airflow, because Airflow reads its configuration while it is imported.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from xiantong.people import OFFICE, user_roles
from xiantong.settings import PROJECT_ROOT, Settings
from xiantong.whole_files import kept_private

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class EmbeddedAirflow:
    """Where the embedded Airflow of one ``XIANTONG_HOME`` lives."""

    settings: Settings

    @property
    def home(self) -> Path:
        return self.settings.root / "airflow"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def database(self) -> Path:
        return self.home / "airflow.db"

    @property
    def passwords_file(self) -> Path:
        return self.home / "passwords.json"

    @property
    def _secrets_file(self) -> Path:
        return self.home / "secrets.json"

    def environment(self, port: int = 8080) -> dict[str, str]:
        """Environment variables that make any Airflow command use this home.

        Secrets and the passwords are made on the first call; both files have mode 600.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        secret = _kept_private(self._secrets_file, _new_secrets)
        users = self.users()
        self._keep_passwords(users)
        base_url = f"http://127.0.0.1:{port}"
        options = {
            "core__dags_folder": PROJECT_ROOT / "dags",
            "core__plugins_folder": PROJECT_ROOT / "plugins",
            "core__load_examples": False,
            "core__executor": "LocalExecutor",
            "core__parallelism": max(2, os.cpu_count() or 2),
            "core__dags_are_paused_at_creation": False,
            "core__fernet_key": secret["fernet_key"],
            "core__execution_api_server_url": f"{base_url}/execution/",
            "core__simple_auth_manager_users": ",".join(
                f"{user}:{role}" for user, role in users.items()
            ),
            "core__simple_auth_manager_passwords_file": self.passwords_file,
            "database__sql_alchemy_conn": f"sqlite:///{self.database}",
            "database__load_default_connections": False,
            "api__host": "127.0.0.1",
            "api__port": port,
            "api__base_url": base_url,
            "api__workers": 1,
            "api__secret_key": secret["secret_key"],
            "api_auth__jwt_secret": secret["jwt_secret"],
            "dag_processor__refresh_interval": 60,
            "logging__base_log_folder": self.logs,
            "logging__namespace_levels": "sqlalchemy=WARNING",
            "usage_data_collection__enabled": False,
        }
        env = {f"AIRFLOW__{name.upper()}": str(value) for name, value in options.items()}
        return env | {
            "AIRFLOW_HOME": str(self.home),
            "XIANTONG_HOME": str(self.settings.root),
            "GX_ANALYTICS_ENABLED": "false",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DO_NOT_TRACK": "1",
            "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1,localhost"])),
        }

    def users(self) -> dict[str, str]:
        """The administrator and everybody of ``people.csv`` with their role in Airflow: the county
        office looks at Airflow's own pages too, a reporter has no right there (an empty role)."""
        roles = user_roles(self.settings.people_file)
        return {ADMIN: "admin"} | {
            user: "viewer" if role == OFFICE else ""
            for user, role in roles.items()
            if user != ADMIN
        }

    def passwords(self) -> dict[str, str]:
        """Passwords by user."""
        kept: dict[str, str] = json.loads(self.passwords_file.read_text(encoding="utf-8"))
        return kept

    def admin_password(self) -> str:
        return self.passwords()[ADMIN]

    def _keep_passwords(self, users: Collection[str]) -> None:
        """Add a password for whoever has none; Airflow would write a new one into its log."""
        known = _kept_private(self.passwords_file, dict)
        missing = {user: secrets.token_urlsafe(12) for user in users if user not in known}
        if missing:
            unfinished = self.passwords_file.with_suffix(f".{secrets.token_hex(4)}")
            _kept_private(unfinished, lambda: known | missing)
            unfinished.replace(self.passwords_file)


def _new_secrets() -> dict[str, str]:
    fernet = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return {
        "fernet_key": fernet,
        "secret_key": secrets.token_hex(32),
        "jwt_secret": secrets.token_hex(64),
    }


def _kept_private(path: Path, make: Callable[[], dict[str, str]]) -> dict[str, str]:
    """What ``path`` holds as JSON; on first use what ``make`` returns."""
    kept: dict[str, str] = json.loads(kept_private(path, lambda: json.dumps(make()).encode()))
    return kept
