"""Changes that the ledger refuses and counts: expected ones, and ones that should not happen."""

from __future__ import annotations

from enum import StrEnum

from copytaster.model.article import Document


class Transition(StrEnum):
    """A change that is not possible in the present state of a delivery or a tagging."""

    REGISTER_KNOWN = "register_known"
    BEGIN_SETTLED = "begin_settled"
    BEGIN_LEASED = "begin_leased"
    BEGIN_SUSPECT = "begin_suspect"
    BEGIN_UNKNOWN = "begin_unknown"
    GIVE_BACK_NOT_HELD = "give_back_not_held"
    POSTPONE_NOT_HELD = "postpone_not_held"
    ADVANCE_NOT_HELD = "advance_not_held"
    PAUSE_NOT_HELD = "pause_not_held"
    SETTLE_NOT_HELD = "settle_not_held"
    SETTLE_SAME_END = "settle_same_end"
    SETTLE_OTHER_END = "settle_other_end"
    SETTLE_UNKNOWN = "settle_unknown"
    TAGGING_LEASED = "tagging_leased"
    TAGGING_NOT_DUE = "tagging_not_due"
    TAGGING_NOT_HELD = "tagging_not_held"

    @property
    def kind(self) -> RefusalKind:
        """Whether the refusal is expected or should be examined."""
        return RefusalKind.REDELIVERY if self in EXPECTED else RefusalKind.CONFLICT


class RefusalKind(StrEnum):
    """``redelivery``: a message or request was repeated, which is normal. ``conflict``: two processes disagreed."""

    REDELIVERY = "redelivery"
    CONFLICT = "conflict"


EXPECTED = frozenset(
    {
        Transition.REGISTER_KNOWN,  # a watcher died between registering a delivery and releasing its claim
        Transition.BEGIN_SETTLED,  # redelivered, or published again while it was in a long queue
        Transition.BEGIN_LEASED,
        Transition.BEGIN_SUSPECT,  # the message is older than the move to the suspects
        Transition.SETTLE_SAME_END,  # the reply was lost and the client repeated the request
        Transition.TAGGING_LEASED,
        Transition.TAGGING_NOT_DUE,
    }
)
"""Refusals that repeated messages and repeated requests cause. The causes of the others are a worker that outlived its
lease, lost data, or a fault in the program."""

MEANING: dict[Transition, str] = {
    Transition.REGISTER_KNOWN: "a delivery was registered again: its watcher died before releasing the claim",
    Transition.BEGIN_SETTLED: "a message about a delivery that is settled",
    Transition.BEGIN_LEASED: "a message about a delivery that another worker has leased",
    Transition.BEGIN_SUSPECT: "a message about a delivery that has become a suspect since",
    Transition.BEGIN_UNKNOWN: "a message about a delivery that is not in the ledger: was the server emptied?",
    Transition.GIVE_BACK_NOT_HELD: "a worker tried to give a delivery back that another worker had leased or settled",
    Transition.POSTPONE_NOT_HELD: "a worker tried to postpone a delivery that another worker had leased or settled",
    Transition.ADVANCE_NOT_HELD: "a worker tried to record progress of a delivery that another worker had leased",
    Transition.PAUSE_NOT_HELD: "a worker tried to pause a delivery that another worker had leased",
    Transition.SETTLE_NOT_HELD: "a worker tried to settle a delivery that it did not hold: was the server emptied?",
    Transition.SETTLE_SAME_END: "the same disposition a second time",
    Transition.SETTLE_OTHER_END: "another disposition than the recorded one: a worker was slower than its lease",
    Transition.SETTLE_UNKNOWN: "the disposition of a delivery that is not in the ledger: was the server emptied?",
    Transition.TAGGING_LEASED: "a message about an article whose tagging another worker has leased",
    Transition.TAGGING_NOT_DUE: "a message about an article that is tagged already",
    Transition.TAGGING_NOT_HELD: "a worker tried to end a tagging that another worker had leased, or that is due again",
}
"""Descriptions for the documentation."""


class RefusedTransitions(Document):
    """Counts of refused changes since the ledger was created; changes that were never refused are omitted."""

    redelivery: dict[Transition, int]
    conflict: dict[Transition, int]

    @classmethod
    def of(cls, counts: dict[Transition, int]) -> RefusedTransitions:
        """Group counts by kind, in the order of the transitions."""
        by_kind: dict[RefusalKind, dict[Transition, int]] = {kind: {} for kind in RefusalKind}
        for each in Transition:
            if counts.get(each):
                by_kind[each.kind][each] = counts[each]
        return cls(**{kind.value: found for kind, found in by_kind.items()})
