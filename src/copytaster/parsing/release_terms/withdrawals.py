"""Recognises the labels and sentences by which agencies withdraw a story: kill, withdrawal, annulation, anulación."""

from __future__ import annotations

import re

_COPY = (
    r"(?:story|stories|item|article|report|alert|headline|dispatch|copy|takes?|text|bulletin|snap|file|urgent|newsfeed"
    r"|photo|picture|image|graphic|video|slug(?:ged)?|release|version|brief|news|above|previous)"
)
_COPY_DE = r"(?:eil|kurz|vorab)?(?:meldung|nachricht|text|bericht|fassung|beitrag|artikel|foto|bild|mitteilung)"
_COPY_FR = (
    r"(?:d[eé]p[eê]che|information|article|texte|papier|alerte|urgent|flash|bulletin|photo|communiqu[eé]|document)"
)
_COPY_ES = r"(?:noticia|despacho|nota|informaci[oó]n|texto|art[ií]culo|alerta|urgente|foto|cr[oó]nica|comunicado)"

_LABEL = (
    r"(?:(?:(?:mandatory|bulletin|story|advisory|urgent|photo|graphic|video|alert)[ -]*)+"
    r"(?:kill|elimination|withdrawal)"
    r"|(?:kill[ /,.-]*){1,6}|kill notice|withdrawal(?: notice| advisory)?|withdrawn"
    r"|story (?:withdrawn|killed|retracted)"
    r"|retraction(?: notice)?|retracted|elimination|cancellation|"
    rf"{_COPY_DE} (?:ist |wird |wurde )?(?:zur[uü]ckgezogen|annulliert|storniert|gel[oö]scht)"
    r"|zur[uü]ckziehung|zur[uü]ckgezogen|annullierung|annulliert|storno|stornierung|"
    rf"annulation|annul[eé]e?|{_COPY_FR} (?:est |a [eé]t[eé] )?(?:annul[eé]e?|supprim[eé]e?|retir[eé]e?)|"
    rf"anulaci[oó]n|anulad[oa]|anular|{_COPY_ES} (?:queda |ha sido )?(?:anulad[oa]|eliminad[oa]|retirad[oa])"
    rf"|(?:queda )?anulad[oa] (?:la |el )?{_COPY_ES}|retirada (?:de la |del ){_COPY_ES})"
)
_WHOLE_LABEL = re.compile(rf"{_LABEL}(?:[ *:!.,/\])+-]|\s)*", re.IGNORECASE)

_BEFORE_SLUG = re.compile(
    r"(?P<label>(?:(?:mandatory|bulletin|story|advisory)[ -]*)?(?:KILL|WITHDRAWAL|WITHDRAWN|ELIMINATION|RETRACTION"
    r"|ANNULATION|ANULACI[OÓ]N|ZUR[UÜ]CKGEZOGEN|ANNULLIERUNG|STORNO)|(?i:mandatory kill|bulletin kill|story kill))"
    r"\s*(?:[:/|]|[-\u2013\u2014]+\s)\s*\S"
)
"""A label in capitals with a separator before a slug or a headline."""

_AFTER_SLUG = re.compile(
    r"(?:.{3,80}(?:[,/\u2013\u2014] ?|- )|(?:(?:AM|PM|BC|AP)-.{2,80}|\S{3,80})-)"
    r"(?:(?:mandatory|bulletin|story)[ -]*)?(?:KILL|WITHDRAWAL|ELIMINATION|ANNULATION"
    r"|ANULACI[OÓ]N)[\s*.!]*"
)
"""A label in capitals at the end of a slug: ``BC-EU--Quay Ferry, KILL``. A hyphen alone joins two words of a headline
in capitals: ``VOTE ON EU-WITHDRAWAL``."""

_SLUG = r"(?-i:[A-Z]{2,}[A-Z0-9]*(?:[-/_]+[A-Z0-9]\w*)+)"
"""A slug in a sentence: capitals with a separator in them. Capitals alone are more often an abbreviation in news."""

_SENTENCES = re.compile(
    r"(?:"
    rf"(?:(?:please|kindly|editors,? please|we ask you to) )?"
    r"(?:kill|withdraw|retract|disregard|eliminate|cancel|do not use)"
    r" (?:and (?:do not use|disregard) )?(?:the|this|our|all|any|both|previous|earlier|preceding)"
    rf" (?:[\w'-]+ ){{0,3}}?{_COPY}\b"
    rf"|(?:please )?(?:kill|withdraw|retract|disregard|eliminate) (?:{_COPY} )?(?:(?-i:(?:AM|PM|BC|AP)-.+)"
    rf"|(?:{_SLUG}|#?\d+)(?=\W*$|[,.;:(]| (?:sent|moved|slugged|numbered|because|due|on|of)\b))"
    rf"|(?:please )?(?:kill|withdraw|retract|disregard|eliminate) {_COPY}"
    r"(?=\W*$| (?:slugged|headlined|sent|moved|numbered|with|titled|entitled)\b)"
    r"|please (?:kill|withdraw|retract|disregard|eliminate|do not use)"
    r"(?: (?:it|them|immediately|at once|(?-i:[A-Z]{2,}[A-Z0-9/-]*)))?\W*$"
    rf"|(?:this|the above|the previous|our|the following) (?:[\w'-]+ ){{0,3}}?{_COPY}\b[^.]{{0,80}}? "
    r"(?:is|has been|was|must be) (?:hereby |now )?(?:withdrawn|killed|retracted|eliminated)\b"
    rf"|the {_COPY} (?:slugged|headlined|sent|moved|numbered|with)\b[^.]{{0,100}}? (?:is|has been|must be) (?:hereby )?"
    r"(?:withdrawn|killed|retracted|eliminated)\b"
    rf"|(?:bitte )?(?:die|diese|unsere|obige) (?:[\w-]+ ){{0,3}}?{_COPY_DE}\b[^.]{{0,80}}?"
    r"(?:wird (?:hiermit )?(?:zur[uü]ckgezogen|annulliert|storniert)|ist zur[uü]ckgezogen|zur[uü]ckziehen|l[oö]schen"
    r"|nicht (?:mehr )?(?:verwenden|ver[oö]ffentlichen)|ist nicht (?:mehr )?zu verwenden)\b"
    r"|bitte (?:(?:verwenden|ver[oö]ffentlichen)(?=[^.]*\bnicht\b)"
    r"|l[oö]schen|streichen|annullieren|stornieren|entfernen|ziehen|vernichten) sie (?:die|diese|unsere) "
    rf"(?:[\w-]+ ){{0,3}}?{_COPY_DE}\b"
    rf"|(?:veuillez|pri[eè]re d[e'\u2019] ?|merci d[e'\u2019] ?|nous vous prions d[e'\u2019] ?)\s*(?:bien vouloir )?"
    rf"(?:annuler|supprimer|d[eé]truire|retirer|ne pas (?:utiliser|publier|diffuser))(?! avant)\b"
    rf"[^.]{{0,40}}{_COPY_FR}\b"
    rf"|(?:la|cette|notre|le|ce) (?:[\w-]+ )?{_COPY_FR}\b[^.]{{0,80}}? (?:est|a [eé]t[eé]|doit [eê]tre) (?:annul[eé]e?"
    r"|supprim[eé]e?|retir[eé]e?)\b"
    rf"|(?:rogamos|por favor,?|se ruega|les rogamos|pedimos)\s*(?:que )?"
    rf"(?:anul|elimin|retir|suprim|no (?:us|public|difund))\w*\b[^.]{{0,40}}{_COPY_ES}\b"
    rf"|(?:queda|ha sido) anulad[oa] (?:la|el|nuestr[oa]) {_COPY_ES}\b"
    rf"|(?:la|nuestra|esta|el|este|nuestro) {_COPY_ES}\b[^.]{{0,80}}? (?:queda|ha sido) (?:anulad[oa]|eliminad[oa]"
    r"|retirad[oa])\b"
    r")",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r",[\"\u201d]? (?:[\w.'\u2019-]+ ){0,5}"
    r"(?:(?:say|demand|plead)(?:s|ed)?|said|(?:tell|urge|warn|beg|ask)(?:s|d|ed)?(?: [\w.'\u2019-]+){0,4}"
    r"|told(?: [\w.'\u2019-]+){1,4})"
    r"[ .!\"\u201d]*$"
)
"""The end of a headline that reports a demand: ``Withdraw the report, union tells mayor``."""

_REPLACED = re.compile(r"annule et remplace|anula y sustituye|ersetzt die", re.IGNORECASE)
"""A text that takes the place of the withdrawn one, and may be used."""


def is_withdrawal_label(words: str) -> bool:
    """Say whether a line is only a label; ``words`` is the line without its addressees."""
    return bool(_WHOLE_LABEL.fullmatch(words.strip()))


def is_withdrawal(words: str, *, quoted: bool = False) -> bool:
    """Say whether a paragraph is a label, a slug with a label, or begins with a request or notice of withdrawal.

    A sentence that is ``quoted`` is what somebody said in the news.
    """
    if _REPLACED.search(words):
        return False
    words = words.strip(" *")
    if _WHOLE_LABEL.fullmatch(words) or _BEFORE_SLUG.match(words) or _AFTER_SLUG.fullmatch(words):
        return True
    return not quoted and _SENTENCES.match(words) is not None and not _REPORTED.search(words)
