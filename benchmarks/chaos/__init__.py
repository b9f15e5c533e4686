"""Injects faults into a running system and counts the files that were lost, duplicated or stuck."""
