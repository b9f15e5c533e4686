"""The five dispositions of a delivery, and the reasons for the two that are failures."""

from __future__ import annotations

from enum import StrEnum


class Disposition(StrEnum):
    """The end of a delivery. Every delivery gets exactly one; until then it is in flight."""

    STORED = "stored"
    NEW_VERSION = "new_version"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"

    @property
    def keeps_file(self) -> bool:
        """Whether the file is moved to the quarantine folder for a person to examine."""
        return self in {Disposition.REJECTED, Disposition.QUARANTINED}


class Reason(StrEnum):
    """Why a delivery was rejected or quarantined: a metric label, and the key for bulk retries."""

    EMPTY = "empty"
    DELETED = "deleted"
    TOO_LARGE = "too_large"
    BAD_NAME = "bad_name"
    PATH_TOO_LONG = "path_too_long"
    NOT_A_FILE = "not_a_file"
    UNSUPPORTED_FORMAT = "unsupported_format"
    NO_TEXT = "no_text"
    UNREADABLE = "unreadable"
    INCOMPLETE = "incomplete"
    BAD_SIDECAR = "bad_sidecar"
    ORPHAN_SIDECAR = "orphan_sidecar"
    PARSE_FAILED = "parse_failed"
    PARSER_CRASH = "parser_crash"
    PARSER_TIMEOUT = "parser_timeout"
    PARSER_OOM = "parser_oom"
    TOO_DEEP = "too_deep"
    TOO_MANY_ITEMS = "too_many_items"
    TEXT_TOO_LONG = "text_too_long"
    ARCHIVE_BOMB = "archive_bomb"
    ENCRYPTED = "encrypted"
    ORIGINAL_MISSING = "original_missing"
    ORIGINAL_DAMAGED = "original_damaged"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    OUTAGE = "outage"


SAME_AFTER_RETRY = frozenset(
    {
        Reason.EMPTY,
        Reason.DELETED,
        Reason.BAD_NAME,
        Reason.PATH_TOO_LONG,
        Reason.NOT_A_FILE,
        Reason.UNSUPPORTED_FORMAT,
        Reason.NO_TEXT,
        Reason.ORPHAN_SIDECAR,
        Reason.PARSE_FAILED,
        Reason.TOO_DEEP,
        Reason.ENCRYPTED,
    }
)
"""Reasons that the same version of the program finds again in the same bytes under the same name.

The others depend on settings (limits), on what is beside the file, on the load of the machine or on an outage.
"""

ADVICE: dict[Reason, str] = {
    Reason.DELETED: "Nothing: a person deleted this article. Delete the file if it must not be kept either.",
    Reason.EMPTY: "Request the file from its sender again, then drop it into the inbox.",
    Reason.TOO_LARGE: "Raise COPYTASTER_MAX_FILE_BYTES if such files are expected; move the file back into the inbox.",
    Reason.BAD_NAME: "Rename the file without control characters and in UTF-8, then move it back into the inbox.",
    Reason.PATH_TOO_LONG: "Use fewer folders or shorter names, then move the file back into the inbox.",
    Reason.NOT_A_FILE: "Drop the file itself rather than a link, pipe or device.",
    Reason.UNSUPPORTED_FORMAT: "Convert the file to a supported format (see the documentation's list of formats).",
    Reason.NO_TEXT: "Check whether the file contains an article; if it does, report it with the file attached.",
    Reason.UNREADABLE: "Give the file read permission (chmod a+r), then move it back into the inbox.",
    Reason.INCOMPLETE: "Let its sender write the rest: a changed file is taken again. Retry to accept it unchanged.",
    Reason.BAD_SIDECAR: "Correct or remove the file's sidecar in quarantine or in its archive; then retry.",
    Reason.ORPHAN_SIDECAR: "Put the sidecar and its file into the same folder of the inbox, or the same archive.",
    Reason.PARSE_FAILED: "Open the file with another program; repair or report it, then move it back into the inbox.",
    Reason.PARSER_CRASH: "Open the file with care, it may crash other programs too; report it with the file attached.",
    Reason.PARSER_TIMEOUT: "Split the file, or report it with the file attached; it is not retried automatically.",
    Reason.PARSER_OOM: "Split the file or give the workers more memory, then move it back into the inbox.",
    Reason.TOO_DEEP: "Unpack it by hand, or let its sender nest less; then drop what is inside.",
    Reason.TOO_MANY_ITEMS: "Split the file, or raise COPYTASTER_MAX_ITEMS and move it back into the inbox.",
    Reason.TEXT_TOO_LONG: "Check whether it is an article at all; raise COPYTASTER_MAX_TEXT_CHARACTERS if it is.",
    Reason.ARCHIVE_BOMB: "Inspect it before unpacking it. If it is harmless, raise COPYTASTER_MAX_ARCHIVE_RATIO.",
    Reason.ENCRYPTED: "Request a copy without a password from its sender.",
    Reason.ORIGINAL_MISSING: "Check that the archive is complete and its disk is mounted; then drop the file again.",
    Reason.ORIGINAL_DAMAGED: "Drop the file again, or restore the original from a backup and retry.",
    Reason.OUTAGE: "Repair what the message names; then retry all such files: copytaster retry --reason outage.",
    Reason.ATTEMPTS_EXHAUSTED: "Read the worker's log at the times in the timeline; move the file back to try again.",
}
"""What a person can do about each reason; part of the quarantined file's report."""
