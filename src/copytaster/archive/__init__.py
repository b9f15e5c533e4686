"""Data that is stored outside the server: originals by hash, the journal of deliveries, decisions of people.

The store can be rebuilt from it. Failed files are stored in ``quarantine``.
"""
