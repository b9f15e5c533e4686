"""Failed files under their own names, each with a report beside it.

``intake`` and ``pipeline`` decide which files fail.
"""
