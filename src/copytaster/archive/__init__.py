"""Data that is stored outside the server: originals by hash, the journal of deliveries, decisions of people.

The store can be rebuilt from it. Everything has a checksum, which is compared at each read; the check of the whole
archive and the records of damage are here as well. Failed files are stored in ``quarantine``.
"""
