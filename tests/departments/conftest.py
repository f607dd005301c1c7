"""Deliveries of the departments go through the real check, at the desk of the checking tests."""

from tests.checking.conftest import catalogue, desk

__all__ = ["catalogue", "desk"]
