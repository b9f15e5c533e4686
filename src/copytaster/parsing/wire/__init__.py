"""Formats of news agencies: NewsML-G2, NewsML 1, NITF, IPTC 7901, ANPA 1312.

ninjs is JSON and is in ``json_documents``.
"""
