"""Mails, mailboxes of many, and pages that a browser saved as a mail."""
