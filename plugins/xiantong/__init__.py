"""Xiantong (县统): cross-department county statistics, from delivered file to published figure."""

__version__ = "0.1.0"
