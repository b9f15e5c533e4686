"""Plain text: headline, opening lines (byline, date line, dateline), paragraphs, closing furniture.

Parsers of other formats apply these rules to the text that they extract.
"""
