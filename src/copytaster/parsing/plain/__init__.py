"""Plain text: headline, byline, dateline, paragraphs, and closing furniture.

Other formats use these rules for the text that they have found.
"""
