"""Output for people in the terminal: tables, pages and lines, without control characters.

The modules get their data as arguments and do not read the store.
"""
