"""Invisible characters: soft hyphens, zero-width spaces and other default-ignorable code points (Unicode 23.2).

They are removed from words, except where a script or a picture character needs them: joiners in Arabic and Indic
scripts and in emoji sequences, variation selectors of ideographs and emoji, marks of direction in right-to-left text.
"""

from __future__ import annotations

import re

_BASIC = "\u00ad\u034f\u17b4\u17b5\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\ufff8"
_BEYOND = "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U000e0fff"
_REMOVED = re.compile(f"[{_BASIC}{_BEYOND}]+")
_MAY_HAVE = (re.compile(f"[{_BASIC}]"), re.compile("[\U00010000-\U0010ffff]"))
"""Searches that most texts do not pass. Together they take half the time of the exact one, which no table speeds up:
``re`` has tables for the basic plane only."""

_SELECTOR = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_CONDITIONAL = re.compile(
    f"(?P<selectors>[{_SELECTOR}]+)|(?P<joiner>[\u200c\u200d]+)|(?P<tags>[\U000e0020-\U000e007f]+)"
    "|(?P<mongolian>[\u180b-\u180f]+)|(?P<filler>[\u115f\u1160]+)"
)
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_OVERRIDES = re.compile("[\u202d\u202e]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")

_JOINED = re.compile(
    "[\u0600-\u109f\u1780-\u18af\u1900-\u1aff\u1b00-\u1c4f\ua840-\ua87f\ua800-\ua82f\ua880-\uaaff\uabc0-\uabff"
    "\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00010fff\U00011000-\U000124ff\U0001e900-\U0001e95f]"
)
"""Scripts in which joiners change the form of letters: Arabic, Syriac, Indic scripts, Khmer, Mongolian and others."""

_PICTURE = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff\ufe0f\u20e3]"
)
_KEYCAP = re.compile("[0-9#*]")
_IDEOGRAPH = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_VARIED = re.compile("[\u1000-\u109f\u1800-\u18af\u2200-\u22ff\u2a00-\u2aff\ua840-\ua87f]")
"""Myanmar, Mongolian, operators of mathematics and Phags-pa have standardized variants (StandardizedVariants.txt)."""

_FLAG = "\U0001f3f4"
_EMOJI_STYLES = "\ufe0e\ufe0f"
_FEWEST_IN_DATA = 8
"""Variation selectors in a row that are data: no character has more than one."""

_DATA = re.compile(f"[{_SELECTOR}]{{{_FEWEST_IN_DATA},}}")
_C2PA = b"C2PATXT\0"
"""The first bytes of a C2PA manifest in a text (C2PA 2.1, embedding in unstructured text)."""


def without_breaks(text: str) -> str:
    """Return ``text`` without characters that no script needs, such as soft hyphens and zero-width spaces."""
    if text.isascii() or not any(pattern.search(text) for pattern in _MAY_HAVE):
        return text
    return _REMOVED.sub("", text)


def visible(text: str) -> str:
    """Return ``text`` without invisible characters, except those that its scripts need."""
    if text.isascii():
        return text
    text = _CONDITIONAL.sub(_needed, without_breaks(text))
    if not _DIRECTIONS.search(text):
        return text
    return "\n".join(_directed(paragraph) for paragraph in text.split("\n"))


def hidden_data(text: str) -> str | None:
    """Return what data is hidden in a text by variation selectors; None if there is none."""
    found = None if text.isascii() else _DATA.search(text)
    if found is None:
        return None
    codes = [ord(each) for each in found.group()]
    content = bytes(code - 0xFE00 if code <= 0xFE0F else code - 0xE0100 + 16 for code in codes)  # noqa: PLR2004
    return "a C2PA manifest" if content.startswith(_C2PA) else f"{len(content):,} bytes of unknown data"


def _needed(found: re.Match[str]) -> str:
    """Return the part of a run of invisible characters that the characters around it need."""
    run, text = found.group(), found.string
    before = text[found.start() - 1] if found.start() else ""
    behind = text[found.end() : found.end() + 1]
    if found["selectors"]:
        return run if len(run) == 1 and _has_variant(before, run, behind) else ""
    if found["joiner"]:
        emoji = "\u200d" in run and _PICTURE.match(before) and _PICTURE.match(behind)
        return run[0] if _JOINED.match(before) else "\u200d" if emoji else ""
    if found["tags"]:
        return run if before == _FLAG and run.endswith("\U000e007f") else ""
    if found["mongolian"]:
        return run if "\u1800" <= before <= "\u18af" else ""
    return run if "\u1100" <= (behind or before) <= "\u11ff" else ""


def _has_variant(base: str, selector: str, behind: str) -> bool:
    if selector in _EMOJI_STYLES:
        return bool(_PICTURE.match(base) or (_KEYCAP.match(base) and behind == "\u20e3") or _IDEOGRAPH.match(base))
    if selector > "\ufe0f":
        return bool(_IDEOGRAPH.match(base))
    return bool(_IDEOGRAPH.match(base) or _VARIED.match(base))


def _directed(paragraph: str) -> str:
    """Return a paragraph with its marks of direction if it has right-to-left text and they are balanced.

    Overrides are always removed: they show letters in another order than they are stored in.
    """
    if not _RIGHT_TO_LEFT.search(paragraph):
        return _DIRECTIONS.sub("", paragraph)
    if _OVERRIDES.search(paragraph):
        paragraph = re.sub("[\u202a-\u202e]", "", paragraph)
    for opening, closing in (("\u2066-\u2068", "\u2069"), ("\u202a\u202b", "\u202c")):
        marks = re.findall(f"[{opening}{closing}]", paragraph)
        depth = 0
        for mark in marks:
            depth += -1 if mark == closing else 1
            if depth < 0:
                break
        if depth:
            paragraph = re.sub(f"[{opening}{closing}]", "", paragraph)
    return paragraph
