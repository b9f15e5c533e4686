"""What leaves the system as it happens: events as CloudEvents documents, for streams and webhooks.

Events contain ids, kinds and addresses, never the text of an article. HTTP servers and clients are not part of it.
"""
