"""The keys of what new articles are compared with: the near-duplicate index and the term frequencies."""

from __future__ import annotations

from dataclasses import dataclass

from copytaster.dedup.signature import SCHEME
from copytaster.store.access_key_names import AccessKeyNames


@dataclass(frozen=True, slots=True)
class ComparisonKeyNames(AccessKeyNames):
    """The names of these keys; ``Keys`` has them and all others."""

    # The near-duplicate index: one slot, because an article is added and searched in one script.

    def near_window(self, period: int) -> str:
        """Hash: postings and signatures of the articles of one window of article time."""
        return f"{self.prefix}:{{near}}:{SCHEME}:window:{period}"

    def near_numbers(self, bucket: int) -> str:
        """Hash: sequence numbers of articles, each with the windows that have its signatures."""
        return f"{self.prefix}:{{near}}:{SCHEME}:numbers:{bucket:x}"

    def near_counter(self) -> str:
        """Plain string: the last sequence number that was assigned."""
        return f"{self.prefix}:{{near}}:counter"

    # The term frequencies: a slot for each language.

    def terms(self, language: str, generation: str) -> str:
        """Plain string: counters of articles by hashed term, two bytes each; the first one counts all articles."""
        return f"{self.prefix}:{{terms:{language}}}:{generation}"

    def terms_counted(self, language: str, period: int) -> str:
        """Hash that expires: marks of the versions whose terms were counted in a period of two days, see the script."""
        return f"{self.prefix}:{{terms:{language}}}:marks:{period}"
