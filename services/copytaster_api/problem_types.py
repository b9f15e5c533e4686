"""The types of the problems that the API answers with, and what they mean."""

from __future__ import annotations

from enum import StrEnum


class ProblemType(StrEnum):
    """The type of a problem: a stable address, explained on the documentation page."""

    NOT_FOUND = "/docs#not-found"
    GONE = "/docs#gone"
    WRONG_PARAMETER = "/docs#wrong-parameter"
    NOT_READY = "/docs#not-ready"
    NO_INDEX = "/docs#no-search-index"
    SEARCH_TIMEOUT = "/docs#search-timeout"
    NO_KEY = "/docs#no-key"
    NOT_PERMITTED = "/docs#not-permitted"
    TOO_MANY_FAILURES = "/docs#too-many-failures"
    SERVER_AWAY = "/docs#server-away"
    DEADLINE = "/docs#deadline"
    DAMAGED = "/docs#damaged"
    INTERNAL = "/docs#internal"
    GENERIC = "about:blank"


MEANINGS: dict[ProblemType, str] = {
    ProblemType.NOT_FOUND: "There is nothing with this address or id.",
    ProblemType.GONE: "A person deleted the article; `deletion` says who, when and why.",
    ProblemType.WRONG_PARAMETER: "A parameter is unknown or has an invalid value; `parameters` names each.",
    ProblemType.NOT_READY: "The API runs, but the system has problems that need a person; `problems` lists them.",
    ProblemType.NO_INDEX: "There is no complete search index on this machine yet; `detail` says what to do.",
    ProblemType.SEARCH_TIMEOUT: "The search took too long and was ended; use more specific words, or a period.",
    ProblemType.NO_KEY: "The request has no key, or one that was revoked or has expired; `detail` says which.",
    ProblemType.NOT_PERMITTED: "The key does not permit this; `detail` names the scope or sources that it would need.",
    ProblemType.TOO_MANY_FAILURES: "Wrong keys were tried too often from this address; try again in `Retry-After` s.",
    ProblemType.SERVER_AWAY: "The Redis server does not answer, or refuses commands. Nothing is lost; try again in"
    " `Retry-After` seconds.",
    ProblemType.DEADLINE: "The request took too long and was given up; try again in `Retry-After` seconds.",
    ProblemType.DAMAGED: "The stored record of the article has changed and cannot be read; lists leave it out.",
    ProblemType.INTERNAL: "An error of this program. The log of the status API has the details.",
    ProblemType.GENERIC: "See the HTTP status and `detail`.",
}
"""The meaning of each type, for the documentation page."""
