"""Full-text search: an index of the listed articles beside the store, which can be deleted at any time.

The index only proposes articles: each is read from the store and compared with the query again before it is returned,
so that a text which is withheld at this moment is not found. ``projector`` keeps the index up to date from the store's
events; ``index`` is the port, ``memory_index`` and ``sqlite_index`` implement it. Queries as people write them are
parsed in ``syntax``; all others use the words that ``words`` makes of a text.
"""
