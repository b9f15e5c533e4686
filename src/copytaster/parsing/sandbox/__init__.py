"""Parsers in a child process with limits on memory, time and system calls.

What a hostile file does there reaches no other file; the parsers themselves know nothing of it.
"""
