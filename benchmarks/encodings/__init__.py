"""Measures whether files in old charsets are decoded to their true text."""
