"""How much of anything is read: the one block of limits, beside those of paths at the door (``intake.refusal``)."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
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
    depth: int = 3
    """An archive of compressed mails with attachments; each further level multiplies what a bomb can do."""
    xml_depth: int = 256
    """libxml2's own cap, and eight times the deepest wire item that was measured."""
