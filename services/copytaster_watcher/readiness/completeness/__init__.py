"""Decides whether a file's content is complete: one module for each family of formats, which knows how files end.

``patience`` decides how long to wait for the rest.
"""
