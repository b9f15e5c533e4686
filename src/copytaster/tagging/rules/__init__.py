"""The user's tagging rules: loading, matching, and applying them to an article.

The preview over stored articles is in ``copytaster.retagging``.
"""
