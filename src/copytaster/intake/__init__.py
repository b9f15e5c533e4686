"""From a file in the inbox to a delivery that is archived, journalled, recorded and due.

When a file is finished is decided by ``copytaster_watcher``; what it contains, by ``pipeline``.
"""
