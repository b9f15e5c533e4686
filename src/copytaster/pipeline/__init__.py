"""What workers do with delivery ids and article ids; every function is safe to run twice.

Plain functions over ports; Celery calls them from ``copytaster_workers.tasks``.
"""
