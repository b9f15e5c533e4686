"""The names of the keys of the listings of articles, also those of earlier releases; see ``keys``."""

from __future__ import annotations

from dataclasses import dataclass

from copytaster.dedup.signature import SCHEME
from copytaster.store.comparison_key_names import ComparisonKeyNames


@dataclass(frozen=True, slots=True)
class ListingKeyNames(ComparisonKeyNames):
    """One slot: lists of all articles, of those with a term, and of those published on a day."""

    def listing(self, term: str = "") -> str:
        """Sorted set: article ids by time of receipt; all, or in the data of an earlier release those with a term."""
        return f"{self.prefix}:{{articles}}:by:{term}"

    def term_index(self) -> str:
        """Hash: postings of the articles with a term, by a hash of the term, and blocks of earlier ones."""
        return f"{self.prefix}:{{articles}}:postings"

    def term_blocks(self) -> str:
        """Sorted set: the names of these blocks, in alphabetical order."""
        return f"{self.prefix}:{{articles}}:posting_blocks"

    def earlier_term_index(self) -> list[str]:
        """Hash and sorted set: the same in the data of an earlier release, whose postings have whole ids."""
        return [f"{self.prefix}:{{articles}}:terms", f"{self.prefix}:{{articles}}:blocks"]

    def publications(self) -> str:
        """Hash: postings of the articles that were published on a day in UTC, by day, and blocks of earlier ones."""
        return f"{self.prefix}:{{articles}}:publications"

    def publication_blocks(self) -> str:
        """Sorted set: the names of these blocks, in alphabetical order."""
        return f"{self.prefix}:{{articles}}:publication_blocks"

    def published(self, day: str = "") -> str:
        """Sorted set: the articles published on a day, in the data of an earlier release."""
        return f"{self.prefix}:{{articles}}:published:{day}"

    def published_days(self) -> str:
        """Sorted set: the days that have publications, in alphabetical order."""
        return f"{self.prefix}:{{articles}}:days"

    def is_replaced(self, key: str) -> bool:
        """Return whether only an earlier release reads a key: an index of terms, or numbers of another scheme."""
        listing, near = self.listing(), f"{self.prefix}:{{near}}:"
        numbers = key.startswith(near) and ":numbers:" in key and not key.startswith(f"{near}{SCHEME}:")
        is_listing = key.startswith((listing, self.published())) and key != listing
        return numbers or is_listing or key in self.earlier_term_index()
