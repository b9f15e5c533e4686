"""Measures how many expectations of other projects' test files the parsers meet."""
