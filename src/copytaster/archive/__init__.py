"""What is kept outside the server: originals by hash, the journal of deliveries, decisions of people.

Everything here survives a lost server. Failed files belong to ``quarantine``.
"""
