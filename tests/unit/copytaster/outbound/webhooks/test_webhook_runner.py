"""Every event that an endpoint wants reaches it, whatever fails in between."""

from __future__ import annotations

from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from copytaster.bootstrap.store import memory_store
from copytaster.model.article import ArticleId
from copytaster.model.standing_search import Match, MatchedSearch, SearchId
from copytaster.model.webhook import AttemptEnd, EndpointId
from copytaster.outbound.event_types import EventFilter
from copytaster.outbound.outgoing import OutgoingEvents
from copytaster.outbound.positions import Position
from copytaster.outbound.webhooks.administration import MAX_SECRETS, WebhookRefusedError
from copytaster.outbound.webhooks.retries import DELAYS, GIVEN_UP_AFTER
from copytaster.store.ports.events import START
from tests.unit.copytaster.outbound.webhooks.webhook_desk import WebhookDesk

HOUR, DAY = 3_600, 86_400


def run_for(desk: WebhookDesk, seconds: float, *, every: float = 10) -> None:
    runner = desk.runner()
    for _ in range(int(seconds / every)):
        desk.clock.advance(seconds=every)
        runner.step()


def test_an_endpoint_gets_the_events_that_it_wants_since_it_was_created(desk: WebhookDesk) -> None:
    desk.store_articles(2)
    desk.clock.advance(seconds=1)
    desk.create(types=("article.stored",))
    desk.clock.advance(seconds=1)
    expected = desk.store_articles(3)

    run_for(desk, 30)

    assert desk.receiver.subjects() == expected
    assert set(desk.receiver.types()) == {"article.stored"}
    url, headers, _ = desk.receiver.accepted[0]
    assert url == "https://hooks.example/1"
    assert headers["Content-Type"] == "application/cloudevents+json"
    assert headers["User-Agent"].startswith("copytaster/")


def test_an_endpoint_gets_only_the_hits_of_the_searches_that_it_names(desk: WebhookDesk) -> None:
    desk.create(searches=("q1",))
    desk.clock.advance(seconds=1)
    (article,) = desk.store_articles(1)
    found = tuple(MatchedSearch(id=SearchId(name), name="port") for name in ("q1", "q2"))
    match = Match(at=desk.clock.now(), article_id=ArticleId(article), searches=found)
    desk.store.events.report_matches([match], position="7-0")

    run_for(desk, 30)

    assert (desk.receiver.types(), desk.receiver.subjects()) == (["search.matched"], [article])
    assert '"search_id":"q1"' in desk.receiver.accepted[0][2]


def test_a_receiver_that_was_down_for_an_hour_gets_each_event_once(desk: WebhookDesk) -> None:
    desk.create(types=("article.*",))
    desk.receiver.status = None
    expected, runner = list[str](), desk.runner()
    for _ in range(12):
        expected += desk.store_articles(5)
        desk.clock.advance(seconds=300)
        runner.step()
    while_down = list(desk.receiver.accepted)

    desk.receiver.status = 200
    run_for(desk, 12 * HOUR, every=1_200)

    assert while_down == []
    assert sorted(desk.receiver.subjects()) == sorted(expected)
    assert len(set(desk.receiver.ids())) == len(expected) == 60


def test_a_receiver_that_is_down_is_not_tried_for_each_message(desk: WebhookDesk) -> None:
    desk.create()
    desk.store_articles(30)
    desk.receiver.status = None

    run_for(desk, HOUR / 2, every=10)

    assert 15 < desk.receiver.tries < 45


def test_a_message_that_is_refused_again_and_again_is_dead_after_eight_attempts(desk: WebhookDesk) -> None:
    endpoint = desk.create(types=("article.stored",))
    desk.receiver.status = 400
    desk.store_articles(1)
    desk.clock.advance(seconds=1)
    runner = desk.runner()
    runner.step()
    tries = [desk.receiver.tries]
    for delay in DELAYS:
        for seconds in (delay.total_seconds() - 1, 1):
            desk.clock.advance(seconds=seconds)
            runner.step()
            tries.append(desk.receiver.tries)

    assert tries == [1, *(number for n in range(1, 8) for number in (n, n + 1))]
    shown, log = desk.webhooks.show(endpoint.id), desk.webhooks.log(endpoint.id)
    assert (shown.state.waiting, shown.state.dead, shown.state.failed) == (0, 1, 8)
    assert [each.end for each in log] == [AttemptEnd.DEAD] + [AttemptEnd.FAILED] * 7
    assert (log[0].status, log[0].why, log[0].number) == (400, "the receiver answered 400", 8)


def test_dead_messages_are_sent_again_when_they_are_replayed(desk: WebhookDesk) -> None:
    endpoint = desk.create(types=("article.stored",))
    desk.receiver.status = 400
    expected = desk.store_articles(2)
    run_for(desk, 2 * DAY, every=3_600)
    dead = desk.webhooks.show(endpoint.id).state.dead
    desk.receiver.status = 200

    count = desk.webhooks.replay(endpoint.id)
    run_for(desk, 30)

    assert (dead, count) == (2, 2)
    assert sorted(desk.receiver.subjects()) == expected


def test_one_message_that_is_refused_does_not_delay_others(desk: WebhookDesk) -> None:
    desk.create(types=("article.stored",))
    desk.receiver.status = 400
    desk.store_articles(1)
    run_for(desk, 10)
    desk.receiver.status = 200

    expected = desk.store_articles(3)
    run_for(desk, 10)

    assert set(expected) <= set(desk.receiver.subjects())


def test_an_endpoint_that_fails_for_five_days_is_switched_off_with_an_event(desk: WebhookDesk) -> None:
    endpoint = desk.create(types=("article.stored",))
    other = desk.create("https://hooks.example/2", types=("webhook.disabled",))
    desk.receiver.status = 500
    desk.store_articles(3)
    run_for(desk, GIVEN_UP_AFTER.total_seconds() - DAY, every=2 * HOUR)
    before = desk.webhooks.show(endpoint.id)
    desk.store_articles(1)  # otherwise there is nothing left to try
    run_for(desk, 1.5 * DAY, every=HOUR)
    desk.receiver.status = 200
    run_for(desk, HOUR, every=600)

    shown = desk.webhooks.show(endpoint.id)
    assert before.off is None
    assert shown.off
    assert (shown.off.by, shown.off.why[:44]) == ("copytaster", "no attempt has succeeded for 5 days; the las")
    assert (shown.state.waiting, shown.state.dead) == (0, 4)
    assert (desk.receiver.types(), desk.receiver.subjects()) == (["webhook.disabled"], [endpoint.id])
    assert desk.webhooks.show(other.id).off is None
    runner = desk.runner()
    runner.step()
    assert str(runner.details()["webhooks_off"]).startswith(f"{endpoint.id} (no attempt has succeeded for 5 days")
    assert runner.details()["webhooks_dead"] == 4


def test_an_endpoint_that_was_switched_off_while_it_failed_is_not_reported_as_failing(desk: WebhookDesk) -> None:
    endpoint = desk.create()
    desk.receiver.status = None
    desk.store_articles(1)
    run_for(desk, 60)
    runner = desk.runner()
    runner.step()
    on = runner.details()
    desk.webhooks.disable(endpoint.id, by="ann", why="its receiver is gone")
    desk.clock.advance(seconds=HOUR)
    runner.step()
    off = runner.details()

    assert on["webhooks_failing_since"]
    assert (off["webhooks_active"], off["webhooks_failing_since"], off["webhooks_dead"]) == (0, None, 2)


def test_a_receiver_that_answers_410_gets_nothing_more(desk: WebhookDesk) -> None:
    endpoint = desk.create()
    desk.receiver.status = 410
    desk.store_articles(3)

    run_for(desk, HOUR)

    shown = desk.webhooks.show(endpoint.id)
    assert desk.receiver.tries == 1
    assert shown.off
    assert shown.off.why == "the receiver answered 410: it wants no more messages"


def test_an_endpoint_that_is_off_gets_the_events_after_it_was_switched_on_and_what_is_replayed(
    desk: WebhookDesk,
) -> None:
    endpoint = desk.create(types=("article.stored",))
    desk.receiver.status = None
    kept = desk.store_articles(2)
    run_for(desk, 10)
    desk.webhooks.disable(endpoint.id, by="ann", why="moved")
    run_for(desk, 10)
    desk.store_articles(2)
    run_for(desk, 10)
    desk.receiver.status = 200

    desk.webhooks.enable(endpoint.id)
    run_for(desk, 10)
    later = desk.store_articles(1)
    replayed = desk.webhooks.replay(endpoint.id)
    run_for(desk, 30)

    assert replayed == 2
    assert sorted(desk.receiver.subjects()) == sorted(kept + later)


def test_nothing_waits_for_an_endpoint_that_is_off_although_a_process_knew_it_late(desk: WebhookDesk) -> None:
    endpoint = desk.create(types=("article.stored",))
    runner = desk.runner()
    runner.step()
    desk.webhooks.disable(endpoint.id, by="ann", why="its receiver is gone")
    desk.store_articles(2)
    desk.receiver.status = None
    waiting = []
    for seconds in (1, 10):
        desk.clock.advance(seconds=seconds)
        runner.step()
        waiting.append(desk.webhooks.show(endpoint.id).state.waiting)

    assert waiting == [2, 0]
    assert (runner.details()["webhooks_waiting"], runner.details()["webhooks_dead"]) == (0, 2)


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirection_is_a_failure(desk: WebhookDesk, status: int) -> None:
    endpoint = desk.create()
    desk.receiver.status = status
    desk.store_articles(1)

    run_for(desk, 10)

    assert desk.webhooks.show(endpoint.id).state.failed == 2


def test_several_processes_send_each_message_once(desk: WebhookDesk) -> None:
    desk.create(types=("article.stored",))
    runners, expected = [desk.runner(), desk.runner()], list[str]()
    for number in range(20):
        expected += desk.store_articles(3)
        desk.clock.advance(seconds=1)
        runners[number % 2].step()
        runners[(number + 1) % 2].step()

    assert sorted(desk.receiver.subjects()) == sorted(expected)


def test_a_process_that_dies_while_it_sends_leaves_its_messages_to_others(desk: WebhookDesk) -> None:
    endpoint = desk.create(types=("article.stored",))
    expected = desk.store_articles(3)
    dying = desk.runner()
    dying.outbox.fill(desk.endpoints.all())
    desk.store.webhooks.take(EndpointId(endpoint.id), limit=2, lease=timedelta(seconds=180))

    run_for(desk, 30)
    at_first = list(desk.receiver.subjects())
    run_for(desk, 180)

    assert at_first == expected[2:]
    assert sorted(desk.receiver.subjects()) == expected


def test_events_that_are_missing_are_told(desk: WebhookDesk) -> None:
    desk.create()
    desk.store_articles(1)
    run_for(desk, 10)
    cursor = desk.store.webhooks.cursor()
    assert desk.store.webhooks.enqueue({}, cursor=cursor, moved_to="99999999999999-0")
    desk.receiver.accepted.clear()

    run_for(desk, 10)

    assert desk.receiver.types() == ["gap"]
    assert desk.receiver.ids() == ["gap-99999999999999-0"]


def test_an_endpoint_is_not_told_that_events_before_its_creation_are_missing(desk: WebhookDesk) -> None:
    former = desk.create()
    desk.store_articles(1)
    run_for(desk, 10)
    desk.webhooks.delete(former.id)
    desk.clock.advance(seconds=DAY)
    desk.store_articles(1)
    assert desk.store.webhooks.enqueue({}, cursor=desk.store.webhooks.cursor(), moved_to="7-0")  # it was trimmed since
    desk.create()
    desk.receiver.accepted.clear()
    desk.clock.advance(seconds=1)
    expected = desk.store_articles(1)

    run_for(desk, 20)

    assert "gap" not in desk.receiver.types()
    assert set(desk.receiver.subjects()) >= set(expected)


@pytest.mark.parametrize("is_empty_at_first", [True, False])
def test_a_server_that_has_lost_its_data_is_told_to_endpoints_that_are_older(
    desk: WebhookDesk, *, is_empty_at_first: bool
) -> None:
    """The position in the stream is lost as well; the endpoints are in the archive."""
    desk.store_articles(1)
    desk.create()
    desk.clock.advance(seconds=DAY)
    desk.store = memory_store(desk.clock)
    if is_empty_at_first:
        run_for(desk, 10)
    desk.store_articles(1)

    run_for(desk, 20)

    assert sorted(desk.receiver.types()) == ["article.stored", "delivery.registered", "gap"]


def test_each_message_is_signed_by_the_secret_and_for_a_day_by_the_former_one(desk: WebhookDesk) -> None:
    first = desk.create(types=("article.stored",))
    second = desk.webhooks.rotate(first.id)
    desk.store_articles(1)
    run_for(desk, 10)
    desk.clock.advance(seconds=DAY)
    desk.store_articles(1)
    run_for(desk, 10)

    numbers = [len(headers["webhook-signature"].split(" ")) for _, headers, _ in desk.receiver.accepted]
    _, headers, body = desk.receiver.accepted[0]
    assert first.secret != second.secret
    assert numbers == [2, 1]
    for each in (first, second):
        Webhook(each.secret).verify(body, headers)


def test_a_secret_that_was_replaced_twice_signs_for_its_whole_day(desk: WebhookDesk) -> None:
    first = desk.create(types=("article.stored",))
    desk.webhooks.rotate(first.id)  # its answer was lost
    last = desk.webhooks.rotate(first.id)
    for _ in range(2):
        desk.store_articles(1)
        run_for(desk, 10)
        desk.clock.advance(seconds=DAY)

    numbers = [len(headers["webhook-signature"].split(" ")) for _, headers, _ in desk.receiver.accepted]
    _, headers, body = desk.receiver.accepted[0]
    assert numbers == [3, 1]
    for each in (first, last):
        Webhook(each.secret).verify(body, headers)


def test_an_endpoint_has_no_more_than_eight_valid_secrets(desk: WebhookDesk) -> None:
    endpoint = desk.create()
    for _ in range(MAX_SECRETS - 1):
        desk.webhooks.rotate(endpoint.id)

    with pytest.raises(WebhookRefusedError, match="8 valid secrets"):
        desk.webhooks.rotate(endpoint.id)
    desk.clock.advance(seconds=DAY)
    desk.webhooks.rotate(endpoint.id)


def test_the_body_of_a_message_is_the_event_that_the_stream_has(desk: WebhookDesk) -> None:
    desk.create()
    desk.store_articles(2)

    run_for(desk, 10)

    events = OutgoingEvents(desk.store, desk.clock).after(Position(START)).events
    assert [body for _, _, body in desk.receiver.accepted] == [
        each.document() for each in events if EventFilter().wants(each)
    ]


def test_without_endpoints_nothing_is_read(desk: WebhookDesk) -> None:
    desk.store_articles(2)

    run_for(desk, 30)

    assert desk.store.webhooks.cursor() is None
