"""Which files the inbox contains: scans, notifications of the filesystem, mounts.

``readiness`` decides whether a file is finished.
"""
