"""Control lines of wire copy in plain text: marks of takes and ends, slugs, notes to editors and sign-offs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TOP_LINES = 10
"""Lines with text from the top: slug, headline, points, notes and byline of a wire story have at most as many."""

_SLUG_LINES = 3
"""Lines with text before which a slug is printed; it is above the headline."""

_BOTTOM_LINES = 4
"""Lines with text at the end that may be sign-offs."""

_MARK = re.compile(
    r"\(?-{0,2} ?MORE ?-{0,2}\)?|(?i:\(more\)|\(?more to (?:come|follow)\)?\.?|-{1,2} ?more ?-{1,2})"
    r"|-{1,2} ?0 ?-{1,2}|-{0,2} ?- ?30 ?-{1,2}"
    r"|#(?: ?#){1,5}|ENDS?|(?i:\(ends?\)|-{1,2} ?ends? ?-{1,2}|/ends?/)|X{3,5}|N{4}|ZCZC(?: \S{1,20}){0,4}"
    r"|\(?(?:TAKE|Take|PAGE) (?:\d{1,2}|ONE|TWO|THREE|FOUR|FIVE)(?: OF \d{1,2})?\)?"
    r"|(?:\d(?:ST|ND|RD|TH) )?ADD(?: \d{1,2})?"
    r"|Enditem|E{2,5}|={2,}|\+{3,}"
)
"""Marks of the begin and end of messages and takes, alone in a line. Words are in capitals, as wires print them."""

_LONGEST_MARK = 200
"""Characters, indent included; ``ZCZC`` with four fields has at most 88."""

_SLUG = re.compile(
    r"(?:AM|PM|BC|AP)-{1,2}(?=\S)[^.!?]{2,100}"
    r"|[^.!?:]{3,80}(?:, ?|-)(?:\d{1,2}(?:st|nd|rd|th) )?(?:Ld|Lead|Add)(?:-Writethru)?(?:, ?\d{2,4})?"
    r"|[\w&' ./-]{2,60}-{1,2}[\w&' ./-]{2,60}, ?\d{3,4}"
    r"|[A-Z][A-Z0-9-]{2,30}/[A-Z0-9-]{0,30}(?: \((?:UPDATE|CORRECTED|REPEAT|PIX|TV|WRAPUP)[^()]{0,30}\))?"
)
"""Slugs of AP (``BC-EU--Quay Ferry,2nd Ld-Writethru,0210``) and Reuters (``QUAY-FERRY/UNION (UPDATE 2)``)."""

_NAMED_SLUG = re.compile(r"(?:Slug|Slugline|Keyword|SLUG|SLUGLINE|KEYWORD) ?: *(.{2,100})")

_PRIORITY = re.compile(r"URGENT|BULLETIN|FLASH|NEWSALERT|EILMELDUNG|BREAKING(?: NEWS)?|CORRECTION|CORRECTED|REPEAT")

_NOTE = re.compile(
    r"\(?(?:Eds?|EDS?|EDITORS?(?:['\u2019]S?)? NOTES?|Editors?(?:['\u2019]s?)? notes?|EDITORS?|Editors"
    r"|Notes? to editors?|ATTENTION(?: EDITORS)?|EDS NOTE)\b ?[:.\u2014\u2013-]+ *(?P<note>\S.+?)\)?"
)
_CHANGE = re.compile(
    r"\((?P<note>(?:Adds?|Updates?|Recasts?|Corrects?|Refiles?|Repeats?|Removes?|Clarifies|Deletes?|Restores?|Rewrites?"
    r"|Changes|Fixes|New throughout|Writes? through|Ajoute|Actualise|Corrige|Actualiza|A\u00f1ade|Ampl\u00eda|Neu"
    r"|Erg\u00e4nzt|Aktualisiert|Berichtigt|Aggiunge|Aggiorna|Atualiza|Acrescenta|Oppdaterer|Opdaterer|Uppdaterar)\b[^()]{2,300})\)"
)
"""What has changed in a new version, in brackets."""

_RESTRICTED = re.compile(
    r"\b(?:embargo\w*|kill\w*|withh[eo]ld\w*|withdraw\w*|hold for release|not for (?:publication|release)|sperrfrist"
    r"|retract\w*|delet\w*|cancel\w*|annul\w*)\b",
    re.IGNORECASE,
)
"""Words of instructions about publication, which are read elsewhere: such a line is never removed here."""

_SIGN_OFF = re.compile(
    r"\(?[a-z]{2,6}(?: ?/{1,2} ?[a-z]{2,6}){1,6}/?\)?|/?[a-z]{2,4}/|(?i:Lusa/fim\.?)|[A-Z]{2,5} // [A-Z]{2,5}"
    r"|dpa(?: [a-z/-]{2,8}| n\d){1,7}|(?:AAP|PTI|IANS) [A-Za-z]{2,4}(?:[ /][A-Za-z]{2,4}){0,6}|-{1,2} ?[A-Z]{2,8}"
    r"|={1,2} ?[A-Z][a-z]+|\((?:\u00a9 ?)?[A-Z]{2,6}\)"
    r"|[A-Z]{2,5}-[A-Z]{2,3}-\d\d-\d\d-\d\d \d{4}[A-Z]{3}<?|\d{6} ?(?:GMT|UTC|Z)? ?[A-Za-z]{3,9}\.? ?\d{2,4}"
)
"""Initials of desk and editors, the agency's own end mark, and the date-time group of teletype messages."""

_SIGNED = re.compile(r"-{2,3} ?(?P<byline>By [^;]{3,80})(?:; ?[Ee]dit(?:ing|ed) by .{3,80})?")


@dataclass(frozen=True, slots=True)
class Controlled:
    """The lines of a story without its control lines, and what these say."""

    lines: tuple[str, ...]
    slug: str | None = None
    notes: tuple[str, ...] = ()
    byline: str | None = None

    @property
    def note(self) -> str:
        """The notes, one to a line."""
        return "\n".join(self.notes)


def read_control_lines(lines: Sequence[str]) -> Controlled:
    """Separate the control lines from the others, which stay unchanged; blank lines count as others.

    A line that instructs about publication (an embargo, a kill) stays. At least one line with text remains.
    """
    filled = [at for at, line in enumerate(lines) if line.strip() and not _is_mark(line)]
    if not filled:
        return Controlled(tuple(lines))
    reader = _Reader(list(lines))
    for number, at in enumerate(filled):
        left = len(filled) - number
        if left > 1 and number < _SLUG_LINES and reader.take_slug(at):
            continue
        if left > 1 and number < _TOP_LINES and reader.lines[at] is not None:
            reader.take_note(at)
    reader.take_marks()
    for at in reversed(filled[1:][-_BOTTOM_LINES:]):
        if reader.lines[at] is not None and not reader.take_sign_off(at):
            break
    return reader.result()


def _is_mark(line: str) -> bool:
    return len(line) <= _LONGEST_MARK and _MARK.fullmatch(_content(line)) is not None


def _content(line: str) -> str:
    return " ".join(line.split())


class _Reader:
    """Takes control lines out of a list of lines."""

    def __init__(self, lines: list[str]) -> None:
        self.lines: list[str | None] = [*lines]
        self._contents = [_content(line) for line in lines]
        self._slug: str | None = None
        self._notes: list[str] = []
        self._byline: str | None = None

    def take_marks(self) -> None:
        """Take out the lines that are marks."""
        self.lines = [line if line is None or not _is_mark(line) else None for line in self.lines]

    def take_slug(self, at: int) -> bool:
        """Take the line if it is a slug or a priority."""
        line = self._contents[at]
        priority, named = _PRIORITY.fullmatch(line.strip("*+ ")), _NAMED_SLUG.fullmatch(line)
        if not (priority or named or _SLUG.fullmatch(line)) or _RESTRICTED.search(line):
            return False
        if priority:
            self._notes.append(line)
        else:
            self._slug = self._slug or (named[1] if named else line)
        self._take(at, at + 1)
        return True

    def take_note(self, at: int) -> bool:
        """Take the line, and those in which it continues, if it is a note to editors."""
        until = self._end_of_note(at)
        line = " ".join(self._contents[at:until]).strip()
        match = _NOTE.fullmatch(line) or _CHANGE.fullmatch(line)
        if match is None or _RESTRICTED.search(line):
            return False
        self._notes.append(match["note"])
        self._take(at, until)
        return True

    def take_sign_off(self, at: int) -> bool:
        """Take the line if it is a sign-off."""
        line = self._contents[at]
        if signed := _SIGNED.fullmatch(line):
            self._byline = signed["byline"]
        elif _SIGN_OFF.fullmatch(line):
            self._notes.append(line)
        else:
            return False
        self._take(at, at + 1)
        return True

    def result(self) -> Controlled:
        """Return the lines that remain."""
        rest = tuple(line for line in self.lines if line is not None)
        return Controlled(rest, self._slug, tuple(self._notes), self._byline)

    def _take(self, at: int, until: int) -> None:
        self.lines[at:until] = [None] * (until - at)
        self._contents[at:until] = [""] * (until - at)

    def _end_of_note(self, at: int) -> int:
        """Return the line after a note: it continues to its closing bracket, or in lines that begin in lower case."""
        until = at + 1
        opened = self._contents[at].startswith("(")
        while until < min(len(self.lines), at + _BOTTOM_LINES) and (line := self._contents[until]):
            if not (opened and not self._contents[until - 1].endswith(")")) and not (not opened and line[0].islower()):
                break
            until += 1
        return until
