"""Documents of one article each: PDF, DOCX, RTF, Markdown with front matter.

Mail is in ``mail``; web pages are in ``html``.
"""
