"""Stories: clusters of articles that relations connect.

How an article joins one, and how one is read; the index is a port of the store.
"""
