"""The broker: Celery over Redis, with one configuration for all parts that publish, consume or read its queues."""
