"""Whether a file's content is complete: one module for each family of formats.

Each judges by the end of the format; how long to wait is in ``patience``.
"""
