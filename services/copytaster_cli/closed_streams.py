"""Standard streams that the caller has closed, as ``copytaster status >&-`` and some service managers do."""

from __future__ import annotations

import os
import sys

STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
"""The standard streams in the order of their numbers, with the modes in which Python opens them."""


def replace_closed_streams() -> None:
    """Open the null device in place of each closed stream: what is printed there is discarded.

    Without this, the next file or connection would get the number of the stream, and child processes would print into
    it.
    """
    for number, (name, mode) in enumerate(STREAMS):
        if getattr(sys, name) is None:
            if not _is_open(number):
                opened = os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, which is this
                os.set_inheritable(opened, True)  # noqa: FBT003
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123  # until the end


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
