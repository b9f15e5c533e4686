"""The values that every part exchanges: articles, deliveries, dispositions, events, limits.

Plain data and the rules that need nothing else; no input, output or algorithms.
"""
