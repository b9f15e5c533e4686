"""How much of anything is read: the one block of limits, beside those of paths at the door (``intake.refusal``)."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024

CONTAINERS = (".jsonl", ".ndjson", ".warc", ".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".mbox")
"""Names of files that are read item by item and may therefore be large; the content decides later what they are."""


@dataclass(frozen=True, kw_only=True)  # without slots, so that the settings can read the defaults off the class
class Limits:
    """Past each of these a file or an item is refused with a code of its own; nothing is cut silently.

    ``file_bytes`` bounds a document that is read as a whole, on disk or unpacked; ``container_bytes`` a file that is
    read item by item, and everything that comes out of one file. ``ratio`` is unpacked to packed bytes, ``depth`` how
    many containers lie in one another, ``xml_depth`` how many elements.
    """

    file_bytes: int = 50 * MEBIBYTE
    """The largest wire item or page that was ever measured has 2 MB; PDFs of whole pages reach some tens."""
    container_bytes: int = 4096 * MEBIBYTE
    """A crawler closes its WARC files at 1 GB; an agency's day as JSON Lines has some hundred megabytes."""
    text_characters: int = 2_000_000
    """The longest novels; a text beyond is a dump of data, and the tag stage would take minutes over it."""
    items: int = 200_000
    """Twice a year of a large agency's service in one file."""
    ratio: int = 200
    """Text shrinks to a tenth, tables to a fiftieth; bombs go from a thousand up."""
    depth: int = 4
    """A compressed archive of mails with attachments; each further level multiplies what a bomb can do."""
    xml_depth: int = 256
    """libxml2's own cap, and eight times the deepest wire item that was measured."""

    def bytes_of(self, name: str) -> int:
        """Return how many bytes a file of this name may have."""
        return self.container_bytes if name.lower().endswith(CONTAINERS) else self.file_bytes
