"""The standard streams: those that the caller has closed, and the encoding of what is printed."""

from __future__ import annotations

import io
import os
import sys

STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
"""The standard streams in the order of their numbers, with the modes in which Python opens them."""


def replace_closed_streams() -> None:
    """Open the null device in place of each closed stream: what is printed there is discarded.

    ``copytaster status >&-`` and some service managers close them. Without this, the next file or connection would get
    the number of the stream, and child processes would print into it.
    """
    for number, (name, mode) in enumerate(STREAMS):
        if getattr(sys, name) is None:
            if not _is_open(number):
                opened = os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, which is this
                os.set_inheritable(opened, True)  # noqa: FBT003
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123  # until the end


def print_in_utf_8() -> None:
    """Print in UTF-8 whatever the locale: JSON is UTF-8 (RFC 8259, 8.1), and other encodings lack letters of names."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
