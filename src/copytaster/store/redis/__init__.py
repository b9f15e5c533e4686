"""The store's ports on a server that speaks the Redis protocol, one module for each.

Each change is one Lua script (``scripts/``) over one hash slot; keys come from ``copytaster.store.keys``.
"""
