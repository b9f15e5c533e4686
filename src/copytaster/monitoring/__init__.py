"""The state of the whole system, its problems, and the health checks of containers.

Metrics of one process are in ``copytaster.metrics``.
"""
