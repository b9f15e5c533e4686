"""Failed files under their own names, each with a report beside it.

Who decides that a file failed is in ``intake`` and ``pipeline``.
"""
