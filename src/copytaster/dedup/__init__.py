"""Detection of copies: identity, normalisation, signatures, comparison, verdict.

Pure functions. The index of signatures is a port of the store.
"""
