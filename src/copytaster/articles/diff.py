"""Word differences between two versions of an article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from enum import StrEnum

from copytaster.model.article import Article, Document

_WORD = re.compile(r"\A\s+|\S+\s*")
"""A word with the white space after it; white space before the first word counts as a word."""

_PARAGRAPH = re.compile(r".+?(?:\n{2,}|\Z)", re.DOTALL)
"""A paragraph with the blank lines after it."""

MAX_WORDS = 40_000
"""The most words that are compared one by one, which takes 0.4 s; further passages are replaced as a whole.

An article of 2,000 words takes 11 ms.
"""


class Op(StrEnum):
    """The kind of a change."""

    EQUAL = "equal"
    INSERT = "insert"
    DELETE = "delete"


class Change(Document):
    """A passage that is equal, inserted or deleted; the text of an equal passage is that of the newer version."""

    op: Op
    text: str


def changes_between(before: Article, after: Article) -> tuple[Change, ...]:
    """Return the changes in title and text, which are separated by a blank line; see ``word_diff``."""
    return word_diff(f"{before.title}\n\n{before.text}", f"{after.title}\n\n{after.text}")


def word_diff(before: str, after: str) -> tuple[Change, ...]:
    """Return the changes in reading order; in a replacement, the deleted text precedes the inserted text.

    Equal and inserted passages together are ``after``; equal and deleted ones are ``before``, except for white space.
    Paragraphs are compared first, then the words of those that changed, up to ``MAX_WORDS``.
    """
    return tuple(_merged(_paragraphs(_PARAGRAPH.findall(before), _PARAGRAPH.findall(after))))


def _paragraphs(before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    budget = MAX_WORDS
    for op, b1, b2, a1, a2 in _opcodes(before, after):
        old, new = "".join(before[b1:b2]), "".join(after[a1:a2])
        if op == "equal":
            yield Change(op=Op.EQUAL, text=new)
            continue
        old_words, new_words = _WORD.findall(old), _WORD.findall(new)
        size = len(old_words) + len(new_words)
        if size > budget or not old_words or not new_words:
            yield from (Change(op=Op.DELETE, text=old), Change(op=Op.INSERT, text=new))
        else:
            budget -= size
            yield from _compared(old_words, new_words)


def _compared(before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    for op, b1, b2, a1, a2 in _opcodes(before, after):
        if op == "equal":
            yield Change(op=Op.EQUAL, text="".join(after[a1:a2]))
        else:
            yield Change(op=Op.DELETE, text="".join(before[b1:b2]))
            yield Change(op=Op.INSERT, text="".join(after[a1:a2]))


def _merged(changes: Iterator[Change]) -> Iterator[Change]:
    """Merge adjacent changes of one kind and omit empty ones."""
    last: Change | None = None
    for each in (each for each in changes if each.text):
        if last and last.op is each.op:
            last = Change(op=each.op, text=last.text + each.text)
            continue
        if last:
            yield last
        last = each
    if last:
        yield last


def _opcodes(before: Sequence[str], after: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """Compare without white space. For speed, ``SequenceMatcher`` ignores the commonest words of long texts."""
    return SequenceMatcher(None, [each.strip() for each in before], [each.strip() for each in after]).get_opcodes()
