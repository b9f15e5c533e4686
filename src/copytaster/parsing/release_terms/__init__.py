"""Release terms: lines of a text in which a sender states an embargo or withdraws a story, and agencies' status codes.

The lines are in English, German, French and Spanish. The fields of wire formats are read in ``wire`` and
``json_documents``.
"""
