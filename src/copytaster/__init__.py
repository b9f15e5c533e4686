"""Copytaster: news files in, clean, tagged, deduplicated articles out."""

__version__ = "0.1.0"
