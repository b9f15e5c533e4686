"""The store: its ports, an implementation on a Redis server and one in memory.

Every key is built in ``keys``; rules that both implementations follow are in ``matching`` and ``cursor``.
``article_pages`` reads queries page by page.
"""
