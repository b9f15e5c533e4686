"""Entities: the people, organisations and places in a text, and the lists of names and places.

The models are loaded in ``copytaster.tagging.models``.
"""
