"""The process tree of ``copytaster up``: supervisor, restarts, lock, signals, readiness, log files, embedded server.

The programs of the processes are in packages of their own: ``copytaster_watcher``, ``_workers``, ``_api``.
"""
