"""Which files the inbox contains: scans, notifications of the filesystem, mounts.

Whether a file is finished is decided in ``readiness``.
"""
