"""Every key on the server, built here and nowhere else.

The part in braces is the cluster's hash tag: keys with the same one lie in one slot, and every script and transaction
touches one slot only, so the store can move to Redis Cluster.
"""

from __future__ import annotations

from dataclasses import dataclass

from copytaster.dedup.signature import SCHEME
from copytaster.model.article import ArticleId
from copytaster.model.delivery import DeliveryId
from copytaster.model.file_state import FileState
from copytaster.model.work import Work


@dataclass(frozen=True, slots=True)
class Keys:
    """Key names under one prefix, so that several stores can share a server."""

    prefix: str = "ct"

    # -- the ledger: one slot, because a delivery's end, its due time, the balance and the event are one transaction

    def delivery(self, delivery_id: DeliveryId) -> str:
        """Hash: the record of a delivery."""
        return f"{self.prefix}:{{ledger}}:delivery:{delivery_id}"

    def timeline(self, delivery_id: DeliveryId) -> str:
        """List: what happened to a delivery, oldest first, as JSON."""
        return f"{self.prefix}:{{ledger}}:timeline:{delivery_id}"

    def due(self, work: Work) -> str:
        """Sorted set: ids by the time at which somebody must be woken for them, in milliseconds."""
        return f"{self.prefix}:{{ledger}}:due:{work.value}"

    def balance(self) -> str:
        """Hash: how many deliveries were seen and how many ended in which way."""
        return f"{self.prefix}:{{ledger}}:balance"

    def refused(self) -> str:
        """Hash: how often each impossible change was refused."""
        return f"{self.prefix}:{{ledger}}:refused"

    def events(self) -> str:
        """Stream: one entry per change."""
        return f"{self.prefix}:{{ledger}}:events"

    def tagging(self, article_id: ArticleId) -> str:
        """Hash: attempts, owner and lease of an article's tagging."""
        return f"{self.prefix}:{{ledger}}:tagging:{article_id}"

    def retagging(self) -> str:
        """Hash: how far each re-tagging is, by what it is to re-tag."""
        return f"{self.prefix}:{{ledger}}:retagging"

    def embargoes(self) -> str:
        """Sorted set: withheld articles by the time at which their embargo ends, in milliseconds."""
        return f"{self.prefix}:{{ledger}}:embargoes"

    def accepted(self) -> str:
        """Set: the articles whose acceptance has been told of."""
        return f"{self.prefix}:{{ledger}}:accepted"

    def deliveries(self, field: str = "", value: str = "") -> str:
        """Sorted set: delivery ids in the order of arrival, all or those with a value in a field."""
        return f"{self.prefix}:{{ledger}}:by:{field}:{value}"

    # -- the articles: a slot each, and one for the listing

    def article(self, article_id: ArticleId) -> str:
        """Hash: the versions of an article, who stored each, what tagging found, which is shown."""
        return f"{self.prefix}:{{{article_id}}}:article"

    def duplicates(self, article_id: ArticleId) -> str:
        """Hash: the later deliveries of an article, by delivery id."""
        return f"{self.prefix}:{{{article_id}}}:duplicates"

    def listing(self, term: str = "") -> str:
        """Sorted set: article ids by time of receipt, all or those with an index term."""
        return f"{self.prefix}:{{articles}}:by:{term}"

    # -- stories: one slot, because the union of two stories is one change

    def stories(self) -> str:
        """Hash: the story that each article with ties is in, by the name of the story that it founds."""
        return f"{self.prefix}:{{stories}}:into"

    def story_members(self) -> str:
        """Sorted set: story, time of receipt and article, in this order."""
        return f"{self.prefix}:{{stories}}:members"

    def story_relations(self) -> str:
        """Hash: the relation that tied an article, by the name of the story that it founds."""
        return f"{self.prefix}:{{stories}}:relations"

    # -- who sends what first: one slot, because an item is counted once in several figures

    def source_statistics(self) -> str:
        """Hash: articles first sent and copies sent, by source."""
        return f"{self.prefix}:{{senders}}:counts"

    def senders_counted(self) -> str:
        """Sorted set: the items that were counted lately, by time."""
        return f"{self.prefix}:{{senders}}:counted"

    def sender_leads(self, source: str) -> str:
        """List: by how many seconds a source was ahead of others, the latest first."""
        return f"{self.prefix}:{{senders}}:leads:{source}"

    # -- near-duplicates

    def near_record(self, token: bytes) -> str:
        """Hold an article's id and the signatures of its versions: a string."""
        return f"{self.prefix}:near:{SCHEME}:{token.hex()}"

    def near_postings(self, shard: int, period: int, bucket: int) -> str:
        """Hash: by a part of a word run's hash, the articles of one window of article time that have the run."""
        return f"{self.prefix}:{{near{shard}}}:{SCHEME}:{period}:{bucket:x}"

    def near_numbers(self, period: int, bucket: int) -> str:
        """Hash: sequence numbers of articles of one window of article time."""
        return f"{self.prefix}:{{near}}:{SCHEME}:{period}:{bucket:x}"

    def counter(self) -> str:
        """Hold the last sequence number given: a string."""
        return f"{self.prefix}:{{near}}:counter"

    # -- how many articles have a term: a slot for each language

    def terms(self, language: str, generation: str) -> str:
        """Hold counters of articles by hashed term, two bytes each, the first for all articles: a string."""
        return f"{self.prefix}:{{terms:{language}}}:{generation}"

    def terms_counted(self, language: str, version: str) -> str:
        """Mark a version whose terms were counted: a string that expires."""
        return f"{self.prefix}:{{terms:{language}}}:counted:{version}"

    # -- which life of the data this is

    def epoch(self) -> str:
        """Hold the id of this life of the data: a string that is set when everything is there."""
        return f"{self.prefix}:{{epoch}}:id"

    def recovery(self) -> str:
        """Hold the name of the process that brings the data back: a string that expires."""
        return f"{self.prefix}:{{epoch}}:recovery"

    # -- the files of an inbox that stay in place: one slot, because a lease is given only while all marks are there

    def file(self, state: FileState) -> str:
        """Hash: who has leased a file state, until when and as which delivery, or that it is taken."""
        return f"{self.prefix}:{{inbox}}:file:{state}"

    def files_open(self) -> str:
        """Hold the run of the server in which all marks are known to be there: a string."""
        return f"{self.prefix}:{{inbox}}:open"

    def files_leased(self) -> str:
        """Sorted set: the deliveries of leased files by the end of the lease, in milliseconds."""
        return f"{self.prefix}:{{inbox}}:leased"

    # -- who is at work

    def presence(self) -> str:
        """Hash: the last heartbeat of each part."""
        return f"{self.prefix}:presence"
