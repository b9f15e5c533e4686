from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from copytaster.clock import ManualClock
from copytaster.model.pause import Pause, PauseKind
from copytaster.store.ports.pauses import TooManyPausesError
from copytaster.store.store import Store


def a_pause(clock: ManualClock, name: str | None = None, *, until: datetime | None = None, by: str = "Anna") -> Pause:
    kind = PauseKind.SOURCE if name else PauseKind.INTAKE
    return Pause(kind=kind, name=name, by=by, reason="bad files", since=clock.now(), until=until)


def test_pauses_are_listed_in_the_order_of_their_beginning(store: Store, clock: ManualClock) -> None:
    second = a_pause(clock, "kestrel")
    clock.advance(seconds=-5)
    first = a_pause(clock)
    for each in (second, first):
        store.pauses.put(each)

    assert store.pauses.all() == [first, second]


def test_a_second_pause_of_the_same_replaces_the_first(store: Store, clock: ManualClock) -> None:
    store.pauses.put(a_pause(clock, "The Kestrel"))
    later = a_pause(clock, "KESTREL", by="Ben")
    store.pauses.put(later)

    assert store.pauses.all() == [later]


def test_a_pause_is_removed_once(store: Store, clock: ManualClock) -> None:
    pause = a_pause(clock, "kestrel")
    store.pauses.put(pause)

    assert [store.pauses.remove(each) for each in ("intake", pause.id, pause.id)] == [None, pause, None]
    assert store.pauses.all() == []


def test_a_pause_ends_by_itself(store: Store, clock: ManualClock) -> None:
    pause = a_pause(clock, until=clock.now() + timedelta(seconds=10))
    store.pauses.put(pause)
    clock.advance(seconds=9)
    before = store.pauses.all()
    clock.advance(seconds=1)

    assert before == [pause]
    assert store.pauses.all() == []
    assert store.pauses.remove(pause.id) is None


def test_the_number_is_bounded_and_ended_pauses_make_room(
    store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("memory", "redis"):
        monkeypatch.setattr(f"copytaster.store.{kind}.pauses.MAX_PAUSES", 2)
    store.pauses.put(a_pause(clock, "one", until=clock.now() + timedelta(seconds=10)))
    store.pauses.put(a_pause(clock, "two"))
    store.pauses.put(a_pause(clock, "two", by="Ben"))
    with pytest.raises(TooManyPausesError):
        store.pauses.put(a_pause(clock, "three"))
    clock.advance(seconds=10)
    store.pauses.all()
    store.pauses.put(a_pause(clock, "three"))

    assert [each.name for each in store.pauses.all()] == ["two", "three"]
