"""Whether an article is new, and of what it is a copy."""
