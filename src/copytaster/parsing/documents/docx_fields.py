"""Fields in a DOCX document: of each only the result is shown, not the instruction, which may have fields in it."""

from __future__ import annotations

import re

MARKS = {"begin": "\x13", "separate": "\x14", "end": "\x15"}
"""The marks of a field by their names in DOCX, as the characters that the older format of Word has for them.

No text has these characters, for XML does not allow them.
"""

_MARK = re.compile(f"([{''.join(MARKS.values())}])")


def results_only(text: str) -> str:
    """Return the text of a paragraph without the instructions of its fields and without marks.

    Of a field that does not end in the paragraph the text is kept, for it may be a part of the result.
    """
    if not _MARK.search(text):
        return text
    fields: list[tuple[list[str], bool]] = [([], True)]
    for piece in _MARK.split(text):
        pieces, is_result = fields[-1]
        if piece == MARKS["begin"]:
            fields.append(([], False))
        elif piece == MARKS["separate"]:
            fields[-1] = (pieces if is_result else [], True)
        elif piece == MARKS["end"]:
            if len(fields) > 1:
                fields.pop()
                fields[-1][0].append("".join(pieces) if is_result else "")
        else:
            pieces.append(piece)
    return "".join(piece for pieces, _ in fields for piece in pieces)
