"""Transform: generated models, dbt runs and the published snapshot."""

from __future__ import annotations

from xiantong.transform.build import BuildResult, NodeResult, build
from xiantong.transform.generate import generate
from xiantong.transform.snapshot import publish

__all__ = ["BuildResult", "NodeResult", "build", "generate", "publish"]
