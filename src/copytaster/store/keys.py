"""Every key on the server, built here and in the modules ``…_key_names``, and nowhere else.

The part in braces is the cluster's hash tag: keys with the same tag are in one slot. Every script and transaction uses
one slot only, so the store can move to Redis Cluster.
"""

from __future__ import annotations

from dataclasses import dataclass

from copytaster.model.article import ArticleId
from copytaster.model.delivery import DeliveryId
from copytaster.model.file_state import FileState
from copytaster.model.outage import Resource
from copytaster.model.webhook import EndpointId
from copytaster.model.work import Work
from copytaster.store.listing_key_names import ListingKeyNames


@dataclass(frozen=True, slots=True)
class Keys(ListingKeyNames):
    """Key names with a common prefix, so that several stores can share a server."""

    # The ledger: one slot, because a delivery's end, its due time, the balance and the event are one transaction.

    def delivery(self, delivery_id: DeliveryId) -> str:
        """Hash: the record of a delivery; see ``delivery_records``."""
        return f"{self.prefix}:{{ledger}}:delivery:{delivery_id}"

    def timeline(self, delivery_id: DeliveryId) -> str:
        """List: the timeline of a delivery, oldest entry first, each a row of JSON."""
        return f"{self.prefix}:{{ledger}}:timeline:{delivery_id}"

    def due(self, work: Work) -> str:
        """Sorted set: ids by due time, in milliseconds."""
        return f"{self.prefix}:{{ledger}}:due:{work.value}"

    def held(self) -> str:
        """Sorted set: the deliveries of a rebuild that are not due yet, by time of receipt, in milliseconds."""
        return f"{self.prefix}:{{ledger}}:held"

    def held_due(self) -> str:
        """Plain string: when the reconciler releases the next of them, in milliseconds."""
        return f"{self.prefix}:{{ledger}}:held_due"

    def outage(self, resource: Resource) -> str:
        """Sorted set: the deliveries that wait for a resource, by the time since when, in milliseconds."""
        return f"{self.prefix}:{{ledger}}:outage:{resource.value}"

    def balance(self) -> str:
        """Hash: the count of deliveries, and the counts by disposition."""
        return f"{self.prefix}:{{ledger}}:balance"

    def refused(self) -> str:
        """Hash: the counts of refused changes."""
        return f"{self.prefix}:{{ledger}}:refused"

    def events(self) -> str:
        """Stream: one entry per change."""
        return f"{self.prefix}:{{ledger}}:events"

    def taggings(self) -> str:
        """Hash: attempts, owner and lease of the taggings that were begun, by article."""
        return f"{self.prefix}:{{ledger}}:taggings"

    def tagging(self, article_id: ArticleId) -> str:
        """Hash: attempts, owner and lease of an article's tagging in the data of an earlier release."""
        return f"{self.prefix}:{{ledger}}:tagging:{article_id}"

    def retagging(self) -> str:
        """Hash: the checkpoint of each re-tagging, by name."""
        return f"{self.prefix}:{{ledger}}:retagging"

    def embargoes(self) -> str:
        """Sorted set: withheld articles by the time at which their embargo ends, in milliseconds."""
        return f"{self.prefix}:{{ledger}}:embargoes"

    def accepted(self) -> str:
        """Set: the articles whose acceptance was reported."""
        return f"{self.prefix}:{{ledger}}:accepted"

    def released(self) -> str:
        """Hash: the last decision of a person about the release of each article that was reported."""
        return f"{self.prefix}:{{ledger}}:released"

    def retention(self) -> str:
        """Hash: when the retention last ran, and the counts of what it removed."""
        return f"{self.prefix}:{{ledger}}:retention"

    def delivery_terms(self) -> str:
        """Hash: postings of the deliveries with a value of a field, by a hash of both, and blocks of earlier ones."""
        return f"{self.prefix}:{{ledger}}:terms"

    def delivery_blocks(self) -> str:
        """Sorted set: the names of these blocks, in alphabetical order."""
        return f"{self.prefix}:{{ledger}}:blocks"

    def deliveries(self, field: str = "", value: str = "") -> str:
        """Sorted set: the delivery ids in a state that is not settled, in the order of arrival.

        In the data of earlier releases there is one of all deliveries, or one for each value of each field.
        """
        return f"{self.prefix}:{{ledger}}:by:{field}:{value}"

    def delivery_index(self) -> str:
        """Sorted set: in the data of an earlier release an entry of field, value and id for each value."""
        return f"{self.prefix}:{{ledger}}:index"

    def known_files(self) -> str:
        """Hash: the delivery that turned bytes into articles, by their sha256, if it is not the first one of them."""
        return f"{self.prefix}:{{ledger}}:known"

    # The articles: a slot for each, and one for the listings.

    def article(self, article_id: ArticleId) -> str:
        """Hash: the versions of an article, their owners and tagging results, and the number of the current version."""
        return f"{self.prefix}:{{{article_id}}}:article"

    def deleted(self, article_id: ArticleId) -> str:
        """Plain string: the tombstone of an article that a person deleted."""
        return f"{self.prefix}:{{{article_id}}}:deleted"

    def duplicates(self, article_id: ArticleId) -> str:
        """Hash: the later deliveries of an article, by delivery id."""
        return f"{self.prefix}:{{{article_id}}}:duplicates"

    def newest_duplicates(self, article_id: ArticleId) -> str:
        """Sorted set: the order of the duplicates of an article that has many."""
        return f"{self.prefix}:{{{article_id}}}:newest"

    def change(self, article_id: ArticleId) -> str:
        """Plain string that expires: who changes an article in the name of a person at this moment."""
        return f"{self.prefix}:{{{article_id}}}:change"

    def listings_complete(self) -> str:
        """Plain string: the layout in which the listings have all articles, also those of an earlier release."""
        return f"{self.prefix}:{{articles}}:days_complete"

    def changed(self) -> str:
        """Sorted set: the ids of all articles, with copies, by the time of the last change, in milliseconds."""
        return f"{self.prefix}:{{articles}}:changed"

    def pins(self) -> str:
        """Hash: the pins of articles, by article."""
        return f"{self.prefix}:{{articles}}:pins"

    def swept(self) -> str:
        """Pattern that matches the keys of articles and of listings."""
        return f"{self.prefix}:{{a*"

    def article_of(self, key: str) -> ArticleId | None:
        """Return the id of the article whose hash has this key; None for other keys."""
        head, tail = f"{self.prefix}:{{", "}:article"
        is_article = key.startswith(head) and key.endswith(tail)
        return ArticleId(key[len(head) : -len(tail)]) if is_article else None

    # The stories: one slot, because a change of several stories is one change. The scripts build the other keys.

    def stories(self) -> str:
        """Prefix of all keys of stories; ``story_records`` describes them."""
        return f"{self.prefix}:{{stories}}:"

    # The source statistics: one slot, because an item is counted in several counters at once.

    def source_hours(self, hour: int) -> str:
        """Hash: the items of one hour, by source; ``hour`` is the number of the hour since 1970."""
        return f"{self.prefix}:{{senders}}:hours:{hour}"

    def source_statistics(self) -> str:
        """Hash: counts of first articles and of copies, by source."""
        return f"{self.prefix}:{{senders}}:counts"

    def busiest_sources(self) -> str:
        """Sorted set: the sources, by the negative number of their items."""
        return f"{self.prefix}:{{senders}}:busiest"

    def named_sources(self) -> str:
        """Set: the sources that have a figure of their own in the metrics."""
        return f"{self.prefix}:{{senders}}:named"

    def items_counted(self, period: int) -> str:
        """Set that expires: hashes, as whole numbers, of the items that were counted in a period of four hours."""
        return f"{self.prefix}:{{senders}}:counted:{period}"

    def items_counted_together(self) -> str:
        """Sorted set: the items that an earlier release has counted."""
        return f"{self.prefix}:{{senders}}:counted"

    def source_leads(self, source: str) -> str:
        """List: the leads of a source over others in seconds, the latest first."""
        return f"{self.prefix}:{{senders}}:leads:{source}"

    # The layout.

    def layout(self) -> str:
        """Plain string: the version of the schema of all data."""
        return f"{self.prefix}:{{layout}}:version"

    # The epoch.

    def epoch(self) -> str:
        """Plain string: the id of the epoch, set when the data is complete."""
        return f"{self.prefix}:{{epoch}}:id"

    def complete(self) -> str:
        """Hash: the run of the server for which the data was compared, and the time up to which it is complete."""
        return f"{self.prefix}:{{epoch}}:complete"

    def recovery(self) -> str:
        """Plain string that expires: the name of the process that recovers the data."""
        return f"{self.prefix}:{{epoch}}:recovery"

    # The files of an inbox whose files stay in place: one slot, because leases are given only if all marks exist.

    def file(self, state: FileState) -> str:
        """Hash: the owner, end and delivery of a file state's lease, or the mark that it is taken."""
        return f"{self.prefix}:{{inbox}}:file:{state}"

    def files_open(self) -> str:
        """Plain string: the run of the server in which all marks are known to exist."""
        return f"{self.prefix}:{{inbox}}:open"

    def files_marked(self) -> str:
        """Plain string: it exists as long as the mark of a file may exist."""
        return f"{self.prefix}:{{inbox}}:marked"

    def files_leased(self) -> str:
        """Sorted set: the deliveries of leased files by the end of the lease, in milliseconds."""
        return f"{self.prefix}:{{inbox}}:leased"

    # The webhooks: one slot, because messages and the position up to which they were made change together.

    def webhook_cursor(self) -> str:
        """Plain string: the position in the event stream up to which messages were made."""
        return f"{self.prefix}:{{webhooks}}:cursor"

    def webhook(self, endpoint_id: EndpointId, kind: str) -> str:
        """Return a key of an endpoint's messages, by kind.

        ``due`` and ``dead``, sorted sets: events by time, in milliseconds. ``messages`` and ``attempts``, hashes: the
        documents, and the counts of failed attempts, by event. ``state``, hash: counts and times. ``log``, list: the
        last attempts, the latest first.
        """
        return f"{self.prefix}:{{webhooks}}:{kind}:{endpoint_id}"

    # The standing searches: one slot, because hits and the position up to which articles were matched change together.

    def searches(self) -> str:
        """Prefix of all keys of searches and hits; ``standing_searches`` and ``search_hits`` describe them."""
        return f"{self.prefix}:{{searches}}:"

    def matches_reported(self) -> str:
        """Plain string: the position up to which matches of standing searches are in the event stream."""
        return f"{self.prefix}:{{ledger}}:matches_reported"

    # The heartbeats.

    def history(self, ring: str) -> str:
        """Hash: the samples of a ring, by their place in it."""
        return f"{self.prefix}:history:{ring}"

    def problems(self) -> str:
        """Hash: since when each present problem exists, in milliseconds, by code."""
        return f"{self.prefix}:problems"

    def presence(self) -> str:
        """Hash: the last heartbeat of each process."""
        return f"{self.prefix}:presence"
