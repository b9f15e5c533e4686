"""Stories: clusters of articles that relations connect.

Adding an article to its story, and reading a story. The index is a port of the store.
"""
