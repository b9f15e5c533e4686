"""The Celery workers, which translate messages into calls of the core."""
