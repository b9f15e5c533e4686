"""How much of an article's text, and how little else, is found on web pages."""
