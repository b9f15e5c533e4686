"""Measures how often a page's title, authors and time of publication are extracted correctly."""
