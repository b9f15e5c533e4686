"""Mails, mailboxes, and web pages that a browser saved as MHTML.

Attachments that are documents are read by the parsers of their own formats.
"""
