"""Immutable files: originals by content, accepted Parquet by submission."""

from xiantong.store.store import Original, Store, StoreError

__all__ = ["Original", "Store", "StoreError"]
