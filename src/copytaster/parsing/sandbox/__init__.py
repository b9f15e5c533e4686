"""Parsers in a process of their own: what a file does to it, it does to nothing else."""
