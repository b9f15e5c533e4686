"""Stored articles: views, differences of versions, embargoes, accepted copies.

``pipeline`` stores articles.
"""
