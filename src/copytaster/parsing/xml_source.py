"""The source of XML documents before it is parsed: root element, text outside the document, names of characters."""

from __future__ import annotations

import re
from html.entities import html5

PROLOG_CHARACTERS = 16_384
"""Enough for a document type declaration and the comments that agencies put before the root element."""

_ROOT = re.compile(
    r"(?>(?>\s+|\ufeff|\xef\xbb\xbf|<\?.*?\?>|<!--.*?-->|<![Dd][Oo][Cc][Tt][Yy][Pp][Ee][^>\[]*(?:\[.*?\]\s*)?>)*)"
    r"<([A-Za-z_][\w:.-]*)([^>]*)>?",
    re.DOTALL,
)
_LEADING_NOISE = re.compile(
    r"[^<]{1,200}(?=<(?:\?xml\s|(?:[\w-]+:)?(?:nitf|NewsML|newsItem|newsMessage|packageItem|RBNews)[\s>]))"
)
"""Control characters and lines of the transmission in front of a document; longer text is no noise."""

_MARKUP_BEHIND = re.compile(r"<!--.*?-->|<\?.*?\?>", re.DOTALL)
"""Comments and processing instructions, which may follow the root element."""

_LONGEST_SHOWN = 60
"""Characters of removed text in a note."""

_SPACE = b" \t\r\n"

_CHARACTER_ELEMENT = re.compile(r"<(?:[\w-]+:)?([A-Za-z][A-Za-z0-9]{2,9})\s*(?:/>|></\1\s*>)")
_CHARACTER_NAMES = re.compile(
    r"e?[nm]dash|hellip|ellipsis|[lr][sda]quo|[sb][bd]quo|nbsp|(?:e[mn]|thin)sp(?:ace)?|apos|quot|bull(?:et)?|middot"
    r"|euro|pound|yen|deg(?:ree)?|frac(?:12|14|34)|shy"
    r"|[A-Za-z]{1,2}(?:acute|grave|uml|circ|tilde|cedil|ring|slash|caron|lig)"
)
"""Names of characters that some vocabularies write as elements: ``<endash/>``, ``<eacute/>``."""

_OTHER_NAMES = {
    "endash": "\u2013", "emdash": "\u2014", "ellipsis": "\u2026", "bullet": "\u2022", "degree": "\u00b0",
    "enspace": "\u2002", "emspace": "\u2003", "thinspace": "\u2009",
}  # fmt: skip
"""Names that HTML's table of entities does not have."""

_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_XML_NAMES = frozenset(["amp", "lt", "gt", "quot", "apos"])


def match_root(text: str) -> re.Match[str] | None:
    """Return the start tag of the root element (name, attributes), behind prolog and noise; None for other text."""
    noise = _LEADING_NOISE.match(text)
    return _ROOT.match(text, noise.end() if noise else 0)


def with_characters(text: str) -> str:
    """Return a document with the characters that HTML's named entities and elements such as ``<endash/>`` stand for."""
    return _CHARACTER_ELEMENT.sub(_character_of_element, _NAMED.sub(_character, text))


def without_noise(text: str, content: bytes) -> tuple[str, str]:
    """Return a document without the text in front of it and behind it, and a note about what was removed.

    ``content`` are the bytes of the document, whose control codes the decoded text does not have.
    """
    leading = _LEADING_NOISE.match(text)
    before, text = (text[: leading.end()], text[leading.end() :]) if leading else ("", text)
    root = _ROOT.match(text[:PROLOG_CHARACTERS])
    end = text.rfind(f"</{root.group(1)}") if root else -1
    end = text.find(">", end) + 1 if end >= 0 else 0
    behind = _MARKUP_BEHIND.sub("", text[end:]).strip() if end else ""
    notes = [f"Removed {_shown(before)} in front of the XML document."] if before.strip() else []
    if behind:
        notes.append(f"Removed {_shown(behind)} behind the XML document.")
        text = text[:end]
    elif codes := _control_codes_behind(content):
        notes.append(f"Removed {codes} control codes behind the XML document.")
    return text, " ".join(notes)


def _shown(text: str) -> str:
    """Return removed text as one line for a note."""
    line = " ".join("".join(each for each in text if each.isprintable() or each.isspace()).split())
    return repr(line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}…")


def _control_codes_behind(content: bytes) -> int:
    """Return the number of control codes behind the last tag; 0 for UTF-16, in which every character has a NUL."""
    behind = content[content.rfind(b">") + 1 :]
    is_wide = b"\0" in content[:4]
    return 0 if is_wide else len(behind.translate(None, _SPACE))


def _character(named: re.Match[str]) -> str:
    name = named.group(1)
    character = None if name in _XML_NAMES else html5.get(f"{name};")
    return character if character and character not in {"<", "&"} else named.group()


def _character_of_element(found: re.Match[str]) -> str:
    name = found.group(1)
    if not _CHARACTER_NAMES.fullmatch(name):
        return found.group()
    return _OTHER_NAMES.get(name) or html5.get(f"{name};") or found.group()
