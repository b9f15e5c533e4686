"""Decides whether a file is finished: stable, complete by its format, and with its sidecar.

``discovery`` finds the files.
"""
