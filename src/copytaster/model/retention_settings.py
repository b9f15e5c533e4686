"""The settings of the retention: how long articles, deliveries and failed files are kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

MOST_DAYS = 36_525
"""A century, the longest duration that a setting takes. Some thousand years before now, which would be written for
"always", there is no date, and dates of three digits do not sort as text in the archive's folders of days."""

MOST_HOURS = MOST_DAYS * 24

MOST_SECONDS = MOST_HOURS * 3_600

Age = Annotated[float, Field(ge=0, le=MOST_DAYS)]


def _by_source(value: object) -> object:
    """Return the names and numbers in a text like ``Harbour Wire=365, City Blog=7``."""
    if not isinstance(value, str):
        return value
    parts = (part.rpartition("=") for part in value.split(",") if part.strip())
    return {name.strip() or days.strip(): days.strip() if name.strip() else "" for name, _, days in parts}


class RetentionSettings(BaseModel):
    """The ages, in days; ``copytaster.settings.Settings`` contains them."""

    retention_articles_days: Age = Field(
        default=90.0,
        description="An article is removed from the store this many days after its last version or copy arrived. At"
        " 8 KB each, 90 days of 300 articles are 220 MB of the server's memory. 0: never.",
    )
    retention_source_days: Annotated[dict[str, Age], BeforeValidator(_by_source)] = Field(
        default={},
        description="Ages of the articles of some sources, in days, instead of COPYTASTER_RETENTION_ARTICLES_DAYS, as"
        " `Harbour Wire=365, City Blog=7`; case and a leading article do not matter. 0: never.",
    )
    retention_deliveries_days: Age = Field(
        default=30.0,
        description="The record and the timeline of a delivery are removed this many days after its arrival, not"
        " before a day after its disposition. At 1.2 KB each, 30 days of 300 are 11 MB. 0: never.",
    )
    retention_failed_days: Age = Field(
        default=90.0,
        description="A file is removed from the quarantine, with its delivery, this many days after its arrival."
        " 0: never.",
    )
    retention_originals_days: Age = Field(
        default=90.0,
        description="An original is removed from the archive this many days after the last delivery that brought it,"
        " with the entries of the journal, but not while a delivery or an article in the store needs it. At 4 KB each,"
        " 90 days of 300 files are 110 MB of the archive's disk. 0: never.",
    )
    retention_disk_share: Annotated[float, Field(gt=0, le=1)] = Field(
        default=1.0,
        description="Share of the archive's disk, or of its inodes, above which the oldest originals are removed before"
        " their age, but none of the last week. Their articles stay in the store; a rebuild does not have them. 1: only"
        " when less than twice COPYTASTER_DISK_FREE_BYTES is free, because other files may be what fills the disk.",
    )
