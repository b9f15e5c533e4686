"""The store's ports in this process's memory, one module each: for tests and dry runs.

They ship with the program and pass the same contract tests as ``redis``.
"""
