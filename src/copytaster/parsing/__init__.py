"""From a file's bytes to drafts: the registry of parsers, and what all parsers share.

One room for each family of formats. What becomes of a draft is decided in ``pipeline``.
"""
