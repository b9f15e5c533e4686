"""Latency and cost of the status API over a large store."""
