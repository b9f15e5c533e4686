"""The values that all packages exchange: articles, deliveries, dispositions, events, limits.

Plain data and the rules that depend on nothing else; no input, output or algorithms.
"""
