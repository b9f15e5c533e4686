"""The limits on what is read; those on paths are in ``intake.admission``."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024

CONTAINERS = (".jsonl", ".ndjson", ".warc", ".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".mbox")
"""Suffixes of files that are read item by item and may therefore be large; the format is detected from the content."""


@dataclass(frozen=True, kw_only=True)  # without slots, so that the settings can read the defaults off the class
class Limits:
    """A file or an item beyond a limit is refused with a specific reason; nothing is truncated silently.

    ``file_bytes`` limits a document that is read as a whole, on disk or unpacked; ``container_bytes`` limits a file
    that is read item by item, and the sum of what it contains. ``ratio`` is the quotient of unpacked and packed bytes,
    ``depth`` the nesting depth of containers, ``xml_depth`` that of elements.
    """

    file_bytes: int = 50 * MEBIBYTE
    """The largest wire item or page that was measured has 2 MB; PDFs of whole pages have some tens of MB."""
    container_bytes: int = 4096 * MEBIBYTE
    """A crawler closes its WARC files at 1 GB; an agency's day as JSON Lines has some hundred megabytes."""
    text_characters: int = 2_000_000
    """The length of the longest novels; a longer text is a data dump, and the tag stage would take minutes."""
    items: int = 200_000
    """Twice a year of a large agency's service in one file."""
    ratio: int = 200
    """Text is compressed to a tenth, tables to a fiftieth; archive bombs have ratios of a thousand and more."""
    depth: int = 4
    """A compressed archive of mails with attachments; each further level multiplies the size of an archive bomb."""
    xml_depth: int = 256
    """The limit of libxml2, and eight times the depth of the deepest wire item that was measured."""

    def bytes_of(self, name: str) -> int:
        """Return the maximum size of a file of this name."""
        return self.container_bytes if name.lower().endswith(CONTAINERS) else self.file_bytes
