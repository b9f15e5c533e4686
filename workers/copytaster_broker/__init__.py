"""The broker: Celery over Redis, configured once for all who publish, consume or look into it."""
