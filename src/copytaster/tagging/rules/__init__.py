"""The user's tagging rules: loading, matching, and what they do to an article.

A preview over stored articles is in ``copytaster.retagging``.
"""
