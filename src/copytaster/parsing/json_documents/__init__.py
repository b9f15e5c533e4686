"""Articles as JSON: ninjs, JSON Feed, schema.org, and plain objects through a field map, whole or line by line."""
