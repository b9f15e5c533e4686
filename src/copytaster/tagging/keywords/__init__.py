"""Keywords: the candidate terms of a text and their scores.

Frequencies over all articles come from the store.
"""
