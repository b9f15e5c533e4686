"""Cuts furniture, in page design the fixed lines around a text: here the closing lines of an article.

They are calls to read, share or follow, credits, copyright lines and end marks. Only the end of a text is checked, and
only lines and text after a complete sentence match, so that prose with the same words remains.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LONGEST_TAIL = 400
"""Characters; the longest credit lines measured have about 300. A longer paragraph is prose."""

_PLATFORMS = (
    r"(?:Twitter|X|Facebook|Instagram|LinkedIn|YouTube|"
    r"Telegram|WhatsApp|TikTok|Threads|Mastodon|Bluesky|Google News|social media)"
)

_PATTERNS = (
    r"(?:advertisements?|story continues below(?: advertisement)?|article continues below(?: advertisement)?)",
    r"(?:share|print|e-?mail|save) (?:this|on)\b(?: (?:article|story|page|post))?.{0,60}",
    r"(?:read|see|watch|listen|hear)(?: (?:more|also|next|on|now|here|full story))?: .+",
    r"(?:read|see) (?:more|also|next)(?: (?:here|stories|news))?(?: ?(?:>+|»|→|\.\.\.|…))?",
    r"(?:click|tap) here (?:to|for) .+",
    (
        r"(?:related|related (?:articles?|stories|news|topics?|links?|content|coverage)"
        r"|recommended|more on this(?: story)?|don'?t miss|you may also like)(?::.*)?"
    ),
    rf"(?:please )?(?:follow|like|find|join) (?:us|@\w+|(?:[\w.']+ ){{0,6}}[\w.']+) on {_PLATFORMS}\b.*",
    r"(?:follow|listen to|watch) [A-Z0-9]\w*(?: \w+){0,3} (?:live|again|back|here)\b.*",
    r"(?:like|enjoy(?:ed)?) (?:this|our) (?:story|article|post|report)\? .*",
    r"(?:[^.!?]{0,60}[.!?] )?[^.!?]{3,80} (?:can|may) be (?:reached|contacted) (?:at|on|by|via)\b.{1,80}",
    r"[^!?]{3,300}\bcontributed (?:to this (?:report|story|article)|reporting)\b.{0,40}",
    r"(?:comments?|leave a comment|tell us what you think)\W*",
    r"(?:filed under|posted in|tags?|tagged|sources?|via): ?.{2,100}",
    r"updated (?:at|on):? [\w:., ]{4,30}",
    r"(?:you may also like|don'?t miss|more|see also|read more|related)\W+",
    r"_{2,}",
    r"(?:follow|like) @\w+.*",
    (
        r"(?:please )?(?:sign up|subscribe|register)(?: now| here| today)? (?:for|to|here)\b.*"
        r"\b(?:newsletters?|e-?mails?|alerts?|updates|channel|podcast|inbox|bulletin)\b.*"
    ),
    r"get (?:the|our|all|more)\b.{0,80}\b(?:newsletters?|in your inbox|to your inbox)\b.*",
    r"download (?:the|our)\b.{0,60}\bapp\b.*",
    r"\(?(?:copyright|©|ⓒ|\(c\))(?: ?(?:©|ⓒ|\(c\)))? ?(?:\d{4}\b|(?:[A-Z][\w.&'\u2019]*,? )+\d{4}\b).*",
    r"(?:[^.!?]{0,80}\b)?all rights reserved\.?(?: .{0,200})?",
    r"(?:this material|this story|this report|this article) may not be (?:published|reproduced|copied).*",
    r"our standards: .*",
    (
        r"(?:we|(?:this|our) (?:web)?site|wir|diese (?:web)?(?:site|seite)|nous|ce site|utilizamos|este sitio)\b"
        r"(?=.{0,60}\bcookies\b)(?=.*\b(?:experience|(?:web)?site|webseite|traffic|consent|polic|privacy|nutzung|erlebnis"
        r"|exp[eé]rience|experiencia|datenschutz|confidentialit|privacidad)).*"
    ),
    r"by (?:continuing|using|clicking|browsing)\b.{0,120}\bcookies\b.*",
    r"(?:accept|reject|manage|allow)(?: all)? cookies",
    (
        r"\((?:(?:additional |with )?(?:reporting|writing|editing)|reported|written|compiled|edited|translated)"
        r" by [^()]+\)\.?"
    ),
    r"(?:reporting|writing) by [^.;()]{3,120}; ?(?:additional |with )?(?:reporting|writing|editing)(?: and \w+)? by .+",
    r"-?-\s?30\s?--?|-+ ?ends? ?-+|-+ ?more ?-+|#{2,}|\(ends?\)|/ends?/",
)
_CASE_SENSITIVE_PATTERNS = (
    r"ENDS?|\(?MORE\)?",
    r"ALSO ON .{2,200}",
    r"(?:MORE|ALSO) FROM [A-Z].{2,120}",
    r"(?:READ|SEE|WATCH)(?: (?:MORE|ALSO|NEXT|NOW|FULL STORY))?\b:? [A-Z0-9“\"\u2018'].*",
)

_FURNITURE = re.compile(rf"(?:(?i:{'|'.join(_PATTERNS)})|{'|'.join(_CASE_SENSITIVE_PATTERNS)})")

_SENTENCE_END = re.compile(r"[.!?…][\"'”\u2019»)\]]*")
_CAPITALS_CALL = re.compile(r"[A-Z]{3,}(?:[ ./&|:'\u2019!?-]+[A-Z0-9]+)+[!?.:]?")
"""Two or more words in capitals, the first with at least three letters: "S.S.R." and "S. ARMY" are not calls."""

_END_MARK = re.compile(r"\(?(?:MORE|ENDS?)\)?")
"""End marks that are words. They match only as a line: after a sentence they may belong to a quoted title."""

_CREDIT = re.compile(r"\(?(?:reporting|writing|reported|written) by ([^;()]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A text without its furniture, and the pieces that were cut, last one first."""

    text: str
    tails: tuple[str, ...]

    def reporter_line(self) -> str | None:
        """Return the reporters or writers in a credit that was cut, as printed, or None."""
        return next((match.group(1).strip(" .") for tail in self.tails if (match := _CREDIT.match(tail))), None)


def is_furniture(line: str) -> bool:
    """Say whether a paragraph is furniture, which ``cut_furniture`` would cut at the end of a text."""
    return len(line) <= _LONGEST_TAIL and _FURNITURE.fullmatch(line.strip()) is not None


def cut_furniture(text: str) -> Trimmed:
    """Return ``text`` without trailing furniture; unchanged to the character if there is none.

    Cutting twice equals cutting once. If all paragraphs are furniture, the first one remains. Matches at most 400
    characters for each piece.
    """
    tails: list[str] = []
    end = length = len(text)
    while (start := _tail_start(text, end := _stripped_end(text, end))) is not None:
        tails.append(text[start:end].strip())
        end = length = _stripped_end(text, start)
    return Trimmed(text[:length], tuple(tails))


def _stripped_end(text: str, end: int) -> int:
    while end and text[end - 1].isspace():
        end -= 1
    return end


def _tail_start(text: str, end: int) -> int | None:
    """Return the start of the last piece of furniture before ``end``, or None."""
    start = text.rfind("\n", 0, end) + 1
    if start and is_furniture(text[start:end]):
        return start
    return _tail_in_line(text, start, end)


def _tail_in_line(text: str, start: int, end: int) -> int | None:
    for stop in _SENTENCE_END.finditer(text, max(start, end - _LONGEST_TAIL), end):
        tail = text[stop.end() : end].strip()
        if tail and _ends_prose(text, stop) and _is_tail(tail, spaced=text[stop.end()].isspace()):
            return stop.end()
    return None


def _is_tail(tail: str, *, spaced: bool) -> bool:
    if _FURNITURE.fullmatch(tail):
        return not (spaced and _END_MARK.fullmatch(tail))
    return not spaced and bool(_CAPITALS_CALL.fullmatch(tail))


def _ends_prose(text: str, stop: re.Match[str]) -> bool:
    """Whether the stop follows a word of prose; after a capital it probably belongs to an abbreviation or initial."""
    before = text[max(0, stop.start() - 1) : stop.start()]
    return len(stop.group()) > 1 or before.islower() or before.isdigit() or before in "%)”\u2019\"'"
