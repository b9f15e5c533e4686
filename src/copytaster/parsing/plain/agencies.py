"""Names of news agencies as datelines print them."""

from __future__ import annotations

import re

_NAMES = frozenset([
    "aa", "aap", "adnkronos", "afp", "afx", "aga", "agerpres", "agi", "ana", "ana-mpa", "anadolu", "andina", "ani",
    "anp", "ansa", "antara", "ap", "apa", "apd", "aps", "armenpress", "askanews", "ats", "awp", "azertac", "belga",
    "belta", "bernama", "bna", "bns", "bta", "cna", "cns", "cp", "čtk", "ddp", "dpa", "efe", "elta", "ena", "epd",
    "europapress", "hina", "ians", "ina", "interfax", "interfax.ru", "ips", "irna", "itar-tass", "itartass", "jiji",
    "kcna", "kna", "kuna", "kyodo", "lapresse", "leta", "lusa", "map", "mena", "mia", "mna", "mti", "nampa", "nan",
    "notimex", "novinite", "ntb", "nzn", "nzpa", "ots", "pa", "pap", "pna", "prensalatina", "pti", "reuters", "ria",
    "ritzau", "rtr", "sana", "sda", "sid", "sita", "spa", "sta", "stt", "stt-lehtikuva", "tanjug", "tap", "tasr",
    "tass", "télam", "tt", "ukrinform", "uni", "upi", "vna", "wafa", "wam", "webnoviny.sk", "xinhua", "yonhap", "απε",
    "απε-μπε", "апн", "бта", "белта", "интерфакс", "мна", "миа", "риановости", "танјуг", "тасс", "укринформ",
    "укрінформ", "уніан",
])  # fmt: skip
"""Agencies of six continents, folded. Other agencies are recognised by their form and by the dash behind them."""

_LONGEST_SERVICE = 12
"""Letters of the name of a service behind its agency: ``dpa/lno``, ``dpa-AFX``, ``dpa-infocom``, ``APA-OTS``."""


def is_agency(printed: str) -> bool:
    """Say whether ``printed`` names news agencies that are known, alone or joined by slashes: ``AFP``, ``awp/sda``."""
    folded = "".join(printed.casefold().split()).strip(".©")
    if folded in _NAMES:
        return True
    first, *others = re.split(r"[/-]", folded)
    return bool(others) and first in _NAMES and all(len(other) <= _LONGEST_SERVICE for other in others)
