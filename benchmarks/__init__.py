"""Benchmarks: every figure is a ratio between two things run side by side, or a part of a whole."""
