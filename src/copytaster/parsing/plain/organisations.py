"""Tells organisations from people by the words of a name: forms of companies, offices, media, in ten languages."""

from __future__ import annotations

import regex

_WORDS = regex.compile(
    r"\b(?:"
    # Forms of companies.
    r"inc|llc|llp|ltd|limited|plc|corp|corporation|company|gmbh|ggmbh|ag|kg|kgaa|ug|e\.? ?v|e\.? ?g|ohg|sarl|s\.a|sas"
    r"|s\.p\.a|spa|srl|s\.l|bv|b\.v|nv|n\.v|oyj?|aps|a/s|asa|sp\. z o\.o|a\.s|s\.r\.o"
    # Offices, public bodies and associations.
    r"|office|team|council|ministry|government|department|committee|commission|authority|agency|police|university"
    r"|college|institute|museum|association|society|federation|foundation|union|trust|group|cent(?:re|er)|board|bank"
    r"|hospital|airport|airlines?|club|party|embassy|parliament|holdings?|associates|network|partners|bureau"
    r"|stadt|landkreis|gemeinde|rathaus|feuerwehr|hochschule|verein|verband|agentur|gruppe|institut"
    r"|behörde|kammer|partei|fraktion|bahn|messe|zentrum|deutsche[rs]?"
    r"|mairie|préfecture|ministère|conseil|université|société|groupe|agence|région|syndicat|comité|fédération"
    r"|ayuntamiento|ministerio|gobierno|universidad|policía|grupo|asociación|fundación|agencia|consejo|junta"
    r"|comune|ministero|università|polizia|regione|gruppo|associazione|fondazione|agenzia|consiglio"
    r"|câmara|ministério|universidade|polícia|associação|fundação|agência|governo"
    r"|gemeente|ministerie|universiteit|politie|vereniging|stichting|provincie"
    r"|kommune|kommun|universitet|polisen|politiet|politi|forening|förening|region|styrelsen"
    r"|ministerstwo|uniwersytet|policja|fundacja|urząd|stowarzyszenie"
    # Media, and what mail programs call their senders.
    r"|desk|media|communications?|relations|newsletters?|alerts?|delivery|system|subsystem|daemon|service|support|info"
    r"|news|newspapers?|newsroom|broadcasting|radio|television|tv|magazine|redaktion|presse|rédaction|redacción"
    r"|redazione|redactie|redakcja|redaktionen"
    r")\b"
    # Compounds of Germanic languages.
    r"|\p{L}*(?:stadtwerke|werke|ministerium|verwaltung|verband|verein|gesellschaft|präsidium|direktion|universität"
    r"|klinik|klinikum|krankenhaus|sparkasse|volksbank|pressestelle|redaktion|genossenschaft|stiftung|behörde|zentrale"
    r"|departementet|styrelsen|myndigheten)\b"
    r"|\b(?:polizei|feuerwehr|universitäts|bundes|landes|stadtwerk)\p{Ll}*\b",
    regex.IGNORECASE,
)


def is_organisation(name: str) -> bool:
    """Say whether a name has a word of organisations; two words with capitals alone may be a person."""
    return _WORDS.search(name) is not None
