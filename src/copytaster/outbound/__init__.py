"""What leaves the system as it happens: events as CloudEvents documents, for streams and webhooks.

Events contain ids, kinds and addresses, never the text of an article. Streams over HTTP are served by the API.
"""
