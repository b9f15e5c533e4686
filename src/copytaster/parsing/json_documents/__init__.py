"""Articles as JSON: ninjs, JSON Feed, schema.org, and plain objects through a field map.

JSON-LD inside web pages is in ``html``.
"""
