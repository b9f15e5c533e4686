"""The process tree behind ``copytaster up``: supervisor, restarts, lock, signals, readiness, embedded server.

What each process does is in its own package.
"""
