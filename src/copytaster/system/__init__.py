"""Services of the operating system that several parts need: prctl, open files, threads, addresses, remedies for errors.

Durable file writes are in ``archive``; the restrictions of the parsers' processes in ``parsing.sandbox``.
"""
