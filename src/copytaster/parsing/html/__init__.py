"""Web pages, and HTML inside other formats: body, metadata, pictures, paywalls.

Boilerplate rules for plain paragraphs are in ``plain``.
"""
