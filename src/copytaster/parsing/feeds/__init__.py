"""Feeds dropped as files: each entry is an item."""
