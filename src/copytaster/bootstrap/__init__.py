"""From settings to ports: the only room that knows both.

Everything else takes its dependencies and values as arguments.
"""
