"""Deliveries of a fictional county: files that look and fail like the real ones."""

from xiantong.sample.deliver import SampleSummary, write_sample

__all__ = ["SampleSummary", "write_sample"]
