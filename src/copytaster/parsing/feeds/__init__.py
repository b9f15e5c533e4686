"""RSS, Atom and CDF feeds that were dropped as files; each entry is an item.

JSON Feed is in ``json_documents``.
"""
