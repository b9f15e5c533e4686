"""The store's ports as Protocols, one module each, with the values that they take and return.

``redis`` and ``memory`` hold a module of the same name for each; one contract test runs over both.
"""
