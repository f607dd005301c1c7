"""Passwords and tokens of sources: from the environment, or from whatever else is plugged in."""

from __future__ import annotations

import os
from collections.abc import Callable

Secrets = Callable[[str], str | None]


def from_environment(name: str) -> str | None:
    """The secret ``registry`` is the variable ``XIANTONG_SECRET_REGISTRY``."""
    return os.environ.get(f"XIANTONG_SECRET_{name.upper()}")


class MissingSecretError(LookupError):
    """A source names a secret that nobody has."""


def secret_of(name: str | None, secrets: Secrets) -> str | None:
    """The secret, None where the source needs none; raises ``MissingSecretError``."""
    if name is None:
        return None
    value = secrets(name)
    if value is None:
        raise MissingSecretError(
            f"no secret {name}: set XIANTONG_SECRET_{name.upper()} or the Airflow connection {name}"
        )
    return value
