"""The store's ports in memory, one module for each, for tests and dry runs.

They are part of the package and pass the same contract tests as ``redis``.
"""
