"""When a file is finished: stable, complete by its format, and joined by its sidecar.

Which files exist is found in ``discovery``.
"""
