"""Tagging stored articles again, with a report of the changes, and previews of rules.

The tag stage itself is in ``tagging``.
"""
