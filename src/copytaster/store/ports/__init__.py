"""The store's ports as Protocols, one module for each, with the values that they accept and return.

``redis`` and ``memory`` contain a module of the same name for each; one contract test runs over both.
"""
