"""The Celery workers: they translate messages into calls of the core."""
