"""Changes of the ledger that are refused, and counted: which are noise, and which should not happen."""

from __future__ import annotations

from enum import StrEnum

from copytaster.model.article import Document


class Transition(StrEnum):
    """A change that is impossible where the delivery, or the tagging, stands."""

    REGISTER_KNOWN = "register_known"
    BEGIN_SETTLED = "begin_settled"
    BEGIN_LEASED = "begin_leased"
    BEGIN_SUSPECT = "begin_suspect"
    BEGIN_UNKNOWN = "begin_unknown"
    POSTPONE_NOT_HELD = "postpone_not_held"
    ADVANCE_NOT_HELD = "advance_not_held"
    PAUSE_NOT_HELD = "pause_not_held"
    SETTLE_SAME_END = "settle_same_end"
    SETTLE_OTHER_END = "settle_other_end"
    SETTLE_UNKNOWN = "settle_unknown"
    TAGGING_LEASED = "tagging_leased"
    TAGGING_NOT_DUE = "tagging_not_due"
    TAGGING_NOT_HELD = "tagging_not_held"

    @property
    def kind(self) -> RefusalKind:
        """Whether it is noise or worth a look."""
        return RefusalKind.REDELIVERY if self in HARMLESS else RefusalKind.CONFLICT


class RefusalKind(StrEnum):
    """``redelivery``: somebody was told twice, as at-least-once delivery has it. ``conflict``: two did not agree."""

    REDELIVERY = "redelivery"
    CONFLICT = "conflict"


HARMLESS = frozenset(
    {
        Transition.REGISTER_KNOWN,  # a watcher died between recording a file and releasing its claim
        Transition.BEGIN_SETTLED,  # the message came twice, or the reconciler sent it while it was in a long queue
        Transition.BEGIN_LEASED,
        Transition.BEGIN_SUSPECT,  # a message from before it became one
        Transition.SETTLE_SAME_END,  # the reply was lost and the client asked again
        Transition.TAGGING_LEASED,
        Transition.TAGGING_NOT_DUE,
    }
)
"""What messages that come twice and requests that are sent twice do; the others take a worker that outlived its lease,
data that vanished, or a fault of the program."""

MEANING: dict[Transition, str] = {
    Transition.REGISTER_KNOWN: "a delivery was registered again: its watcher died on the way",
    Transition.BEGIN_SETTLED: "a message about a delivery that has ended",
    Transition.BEGIN_LEASED: "a message about a delivery that another worker has",
    Transition.BEGIN_SUSPECT: "a message about a delivery that has become a suspect meanwhile",
    Transition.BEGIN_UNKNOWN: "a message about a delivery that the ledger does not know: was the server emptied?",
    Transition.POSTPONE_NOT_HELD: "a worker wanted to give back what it had lost to another, or what had ended",
    Transition.ADVANCE_NOT_HELD: "a worker wanted to note items of a delivery that it had lost to another",
    Transition.PAUSE_NOT_HELD: "a worker wanted to pause a delivery that it had lost to another",
    Transition.SETTLE_SAME_END: "the same end a second time",
    Transition.SETTLE_OTHER_END: "another end than the one that it has: a worker was slower than its lease",
    Transition.SETTLE_UNKNOWN: "the end of a delivery that the ledger does not know: was the server emptied?",
    Transition.TAGGING_LEASED: "a message about an article that another worker tags",
    Transition.TAGGING_NOT_DUE: "a message about an article that has been tagged",
    Transition.TAGGING_NOT_HELD: "a worker wanted to end tagging that it had lost to another or to a newer version",
}
"""For the documentation."""


class RefusedTransitions(Document):
    """How often each change was refused since the ledger began; what never was is left out."""

    redelivery: dict[Transition, int]
    conflict: dict[Transition, int]

    @classmethod
    def of(cls, counts: dict[Transition, int]) -> RefusedTransitions:
        """Sort counts by kind, in the order of the transitions."""
        sorted_in: dict[RefusalKind, dict[Transition, int]] = {kind: {} for kind in RefusalKind}
        for each in Transition:
            if counts.get(each):
                sorted_in[each.kind][each] = counts[each]
        return cls(**{kind.value: found for kind, found in sorted_in.items()})
