"""Recognises what precedes an instruction on its line: ornaments, addressees, and the kind of document."""

from __future__ import annotations

import re

_ORNAMENTS = r"[\W_]"
_DESKS = r"(?:editors?|(?:news ?|picture ?|photo ?|city ?|foreign ?)?desks?|media|press)"
_LEAD = re.compile(
    rf"{_ORNAMENTS}*+"
    r"(?:(?:re|fwd?|wg|aw|tr|rv|antw|subject|betreff|objet|asunto)\s*:\s*)*"
    r"(?:(?:(?:press|media|news) (?:release|statement|advisory|notice|information)|pressemitteilung|presseinformation"
    r"|medienmitteilung|medieninformation|communiqu[eé](?: de presse)?|comunicado(?: de prensa)?|nota de prensa"
    rf"|(?:note|notes|attention|memo) (?:to|for)? ?(?:all )?(?:the )?{_DESKS}|(?:to|for) (?:all )?(?:the )?{_DESKS}"
    rf"|(?:all )?{_DESKS}(?:['\u2019]?s?['\u2019]?)(?: notes?)?|eds?(?:['\u2019]s)?(?: notes?)?"
    r"|advisory|urgent|flash|notes?|attn|attention|achtung(?: redaktionen)?|adv(?:ance)?(?: ?\d{1,2}(?:-\d{1,2})?)?"
    r"|check against delivery|es gilt das gesprochene wort|(?:seul )?le (?:texte )?prononc[eé] fait foi"
    r"|an die redaktionen|hinweis"
    r"|wichtig(?:er hinweis)?|important|please note|aux r[eé]dactions|note aux r[eé]dactions|a las redacciones"
    r"|nota a (?:los )?(?:editores|la redacci[oó]n)|atenci[oó]n|aviso|avis|bitte beachten(?: sie)?(?: die)?)"
    rf"{_ORNAMENTS}++){{0,3}}",
    re.IGNORECASE,
)
"""Up to three of them, because senders combine them: ``ATTN. EDITORS - PRESS RELEASE: …``."""

_QUOTES = frozenset("\"'\u2018\u201a\u201c\u201d\u201e\u2039\u00ab\u00bb\u300c\u300e")
"""Marks that open what somebody says."""


def without_lead(line: str) -> tuple[str, bool]:
    """Return a line from its instruction on, and whether quotation marks open before it."""
    lead = _LEAD.match(line)
    end = lead.end() if lead else 0
    return line[end:], not _QUOTES.isdisjoint(line[:end])
