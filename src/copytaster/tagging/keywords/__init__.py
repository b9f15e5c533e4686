"""Keywords: candidate terms of a text and their weights.

Frequencies over all articles come from the store.
"""
