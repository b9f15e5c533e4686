"""Measures how well articles are placed into stories, and trains the weights by which they are placed."""
