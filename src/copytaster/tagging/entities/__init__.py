"""People, organisations and places in a text, and the lists of names and places.

The models that mark names are loaded in ``copytaster.tagging.models``.
"""
