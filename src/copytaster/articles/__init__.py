"""Settled articles after storage: views, differences of versions, embargoes, accepted copies.

How an article comes into the store is in ``pipeline``.
"""
