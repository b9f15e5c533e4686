"""Messages to webhooks: none is lost or doubled between the event stream and the receivers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from redis import Redis

from copytaster.bootstrap.store import redis_store
from copytaster.clock import ManualClock
from copytaster.model.webhook import Attempt, AttemptEnd, EndpointId, EndpointState, Message
from copytaster.store.memory import webhook_messages as in_memory
from copytaster.store.ports.webhook_messages import ATTEMPTS_KEPT, WebhookMessages
from copytaster.store.redis import webhook_messages as on_server
from copytaster.store.redis.client import connect
from copytaster.store.store import Store
from tests.conftest import RealServer
from tests.contract.metered_server import metered

ONE, TWO = EndpointId("w1"), EndpointId("w2")
LEASE = timedelta(seconds=60)

DIGITS = 100
"""Bytes by which equal replies may differ: numbers with more digits."""


@pytest.fixture
def messages(store: Store) -> WebhookMessages:
    return store.webhooks


def some(*numbers: int) -> list[Message]:
    return [Message(event_id=f"{number}-0", body=f'{{"number":{number}}}') for number in numbers]


def an_attempt(message: Message, end: AttemptEnd, clock: ManualClock, **fields: object) -> Attempt:
    given = {"at": clock.now(), "event_id": message.event_id, "number": 1, "end": end, "seconds": 0.5}
    return Attempt.model_validate(given | fields)


def add(messages: WebhookMessages, *numbers: int, to: EndpointId = ONE) -> None:
    cursor = messages.cursor()
    assert messages.enqueue({to: some(*numbers)}, cursor=cursor, moved_to=f"{numbers[-1]}-0")


def take(messages: WebhookMessages, to: EndpointId = ONE, *, limit: int = 10) -> list[Message]:
    return messages.take(to, limit=limit, lease=LEASE)


def test_messages_are_added_together_with_the_position_that_they_were_made_from(messages: WebhookMessages) -> None:
    first = messages.enqueue({ONE: some(1, 2), TWO: some(2)}, cursor=None, moved_to="2-0")
    again = messages.enqueue({ONE: some(1, 2), TWO: some(2)}, cursor=None, moved_to="2-0")
    nothing = messages.enqueue({}, cursor="2-0", moved_to="5-0")

    assert (first, again, nothing) == (True, False, True)
    assert messages.cursor() == "5-0"
    assert (take(messages), take(messages, TWO)) == (some(1, 2), some(2))


def test_what_was_taken_is_due_again_after_the_lease(messages: WebhookMessages, clock: ManualClock) -> None:
    add(messages, 1, 2, 3)

    first, second, third = take(messages, limit=2), take(messages, limit=2), take(messages)
    clock.advance(seconds=LEASE.total_seconds())
    later = take(messages)

    assert (first, second, third) == (some(1, 2), some(3), [])
    assert sorted(each.event_id for each in later) == ["1-0", "2-0", "3-0"]


def test_what_is_given_back_is_due_earlier_and_counts_no_attempt(messages: WebhookMessages, clock: ManualClock) -> None:
    add(messages, 1, 2)
    taken = take(messages)
    messages.give_back(ONE, [taken[1].event_id, "9-0"], due_in=timedelta(seconds=5))

    before = take(messages)
    clock.advance(seconds=5)

    assert (before, take(messages)) == ([], some(2))


def test_a_delivered_message_is_gone(messages: WebhookMessages, clock: ManualClock) -> None:
    add(messages, 1)
    (message,) = take(messages)

    state = messages.end(ONE, an_attempt(message, AttemptEnd.DELIVERED, clock, status=204))
    clock.advance(seconds=1_000)

    assert take(messages) == []
    assert state == EndpointState(delivered=1, last_success_at=state.last_success_at)
    assert state.last_success_at == clock.now() - timedelta(seconds=1_000)


def test_a_failed_message_is_due_again_with_its_count(messages: WebhookMessages, clock: ManualClock) -> None:
    add(messages, 1)
    (message,) = take(messages)
    start = clock.now()

    failed = an_attempt(message, AttemptEnd.FAILED, clock, status=503, why="unavailable")
    state = messages.end(ONE, failed, retry_in=timedelta(minutes=5))
    clock.advance(seconds=299)
    early = take(messages)
    clock.advance(seconds=1)
    (again,) = take(messages)

    assert (early, again.attempts, again.body) == ([], 1, message.body)
    assert state == EndpointState(waiting=1, failed=1, failing_since=start)


def test_an_endpoint_fails_from_the_first_failure_to_the_next_success(
    messages: WebhookMessages, clock: ManualClock
) -> None:
    add(messages, 1, 2)
    one, two = take(messages)
    start = clock.now()
    messages.end(ONE, an_attempt(one, AttemptEnd.FAILED, clock), retry_in=LEASE)
    clock.advance(seconds=9)

    still = messages.end(ONE, an_attempt(one, AttemptEnd.FAILED, clock), retry_in=LEASE)
    no_longer = messages.end(ONE, an_attempt(two, AttemptEnd.DELIVERED, clock))

    assert (still.failing_since, no_longer.failing_since) == (start, None)


def test_a_dead_message_waits_for_a_replay_and_then_has_all_its_attempts(
    messages: WebhookMessages, clock: ManualClock
) -> None:
    add(messages, 1, 2)
    for each in take(messages):
        messages.end(ONE, an_attempt(each, AttemptEnd.DEAD, clock, number=8))
        clock.advance(seconds=1)

    dead, waiting = messages.dead(ONE, limit=10), take(messages)
    counts = messages.replay(ONE, "9-0"), messages.replay(ONE, "1-0"), messages.replay(ONE), messages.replay(ONE)

    assert [(each.event_id, each.attempts) for each in dead] == [("2-0", 1), ("1-0", 1)]
    assert (waiting, counts) == ([], (0, 1, 1, 0))
    assert take(messages) == some(1, 2)
    assert messages.state(ONE).dead == 0


def test_the_messages_of_an_endpoint_that_is_switched_off_are_dead(messages: WebhookMessages) -> None:
    add(messages, 1, 2)
    take(messages, limit=1)

    messages.bury(ONE)

    state = messages.state(ONE)
    assert (state.waiting, state.dead, state.missed) == (0, 2, 0)
    assert messages.replay(ONE) == 2


def test_a_message_that_waits_or_is_dead_is_not_added_again(messages: WebhookMessages, clock: ManualClock) -> None:
    add(messages, 1, 2)
    (one,) = take(messages, limit=1)
    messages.end(ONE, an_attempt(one, AttemptEnd.DEAD, clock))

    add(messages, 1, 2)

    state = messages.state(ONE)
    assert (state.waiting, state.dead) == (1, 1)


def test_the_attempt_at_a_message_that_is_gone_changes_nothing(messages: WebhookMessages, clock: ManualClock) -> None:
    add(messages, 1)
    (message,) = take(messages)
    messages.forget(ONE)

    state = messages.end(ONE, an_attempt(message, AttemptEnd.FAILED, clock), retry_in=LEASE)

    assert (state, messages.attempts(ONE)) == (EndpointState(), [])


def test_the_log_has_the_last_attempts(messages: WebhookMessages, clock: ManualClock) -> None:
    add(messages, 1)
    (message,) = take(messages)
    made = [
        an_attempt(message, AttemptEnd.FAILED, clock, number=number, why="no route")
        for number in range(1, ATTEMPTS_KEPT + 6)
    ]
    for each in made:
        messages.end(ONE, each, retry_in=LEASE)

    assert messages.attempts(ONE) == made[::-1][:ATTEMPTS_KEPT]


def test_more_messages_than_may_wait_or_be_dead_are_counted_as_missed(
    messages: WebhookMessages, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (in_memory, on_server):
        monkeypatch.setattr(module, "MAX_WAITING", 3)
        monkeypatch.setattr(module, "MAX_DEAD", 2)
    add(messages, 1, 2, 3, 4, 5)
    full = messages.state(ONE)
    for each in take(messages):
        messages.end(ONE, an_attempt(each, AttemptEnd.DEAD, clock))
        clock.advance(seconds=1)

    assert (full.waiting, full.missed) == (3, 2)
    assert [each.event_id for each in messages.dead(ONE, limit=9)] == ["3-0", "2-0"]
    assert messages.state(ONE).missed == 3


def test_nothing_of_an_endpoint_is_left_on_the_server(
    request: pytest.FixtureRequest, store: Store, clock: ManualClock
) -> None:
    messages = store.webhooks
    add(messages, 1, 2)
    one, two = take(messages)
    messages.end(ONE, an_attempt(one, AttemptEnd.FAILED, clock), retry_in=LEASE)
    messages.end(ONE, an_attempt(two, AttemptEnd.DEAD, clock))

    messages.forget(ONE)

    assert messages.state(ONE) == EndpointState()
    if request.node.callspec.params["store"] == "valkey":
        client: Redis = request.getfixturevalue("server").client()
        assert client.keys("*webhooks*") == [b"ct:{webhooks}:cursor"]
        client.close()


def test_taking_messages_costs_the_same_however_many_wait(server: RealServer, clock: ManualClock) -> None:
    client = connect(server.address, name="metered")
    messages = redis_store(client, clock=clock, window=LEASE).webhooks
    costs = []
    for first, last in ((1, 20), (21, 2_000)):
        add(messages, *range(first, last))
        with metered(client) as cost:
            assert len(take(messages, limit=5)) == 5
        costs.append(cost)

    assert costs[1].commands == costs[0].commands
    assert costs[1].read <= costs[0].read + DIGITS
    client.close()
