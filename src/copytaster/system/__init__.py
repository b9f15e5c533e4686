"""Services of the operating system that several parts need: prctl, and temporary folders that are cleaned up.

Durable file writes are in ``archive``; the restrictions of the parsers' processes in ``parsing.sandbox``.
"""
