"""Measures precision and recall of the article text extracted from web pages."""
