from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.dedup.comparison import DecodedSignature, comparable, compare
from copytaster.dedup.identity import article_id, canonical_url, identity_of
from copytaster.dedup.normalise import text_hash, words
from copytaster.dedup.prose import prose as without_furniture
from copytaster.dedup.sample import SAMPLE
from copytaster.dedup.signature import Signature
from copytaster.dedup.signing import sign, similarity
from copytaster.dedup.verdict import confidence
from copytaster.model.batches import batched
from copytaster.model.delivery import DeliveryId
from copytaster.model.disposition import Disposition
from copytaster.model.work import Work
from copytaster.pipeline.tag import tag
from tests.factories import Desk, a_desk, a_signature, an_item, prose

MARKUP = re.compile("<[^<>]*>")

WIRE_WORDS = (*"the mayor of Leeds said on 12 May that 3.5 million people came .".split(), "\n")  # noqa: SIM905

texts = st.text(max_size=200)
articles = st.tuples(
    st.sampled_from(["", "Harbour reopens", "CORRECTED - Harbour reopens", "Markets close"]),
    st.lists(
        st.sampled_from(
            [
                "the",
                "mayor",
                "of",
                "Leeds",
                "said",
                "on",
                "12",
                "May",
                "that",
                "3.5",
                "million",
                "people",
                "came",
                ".",
                "\n",
            ]
        ),
        max_size=60,
    ),
)
# Few different runs, so that samples share some; as many as a sample has and fewer; in any order, as in a text.
samples = st.lists(st.integers(0, 3 * SAMPLE), max_size=SAMPLE, unique=True).flatmap(
    lambda few: st.sampled_from([few, list(range(len(few), len(few) + SAMPLE))])
)
hosts = st.from_regex(r"[A-Za-z0-9-]{1,12}(\.[A-Za-z]{2,6}){1,2}(:[0-9]{1,4})?", fullmatch=True)
paths = st.from_regex(r"(/[A-Za-z0-9%._~-]{0,8}){0,4}", fullmatch=True)
queries = st.lists(
    st.tuples(st.sampled_from(["a", "b", "utm_source", "id", "q"]), st.text(alphabet="abä &=%+1", max_size=5)),
    max_size=4,
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))
urls = st.builds(lambda host, path, query: f"http://{host}{path}?{query}#top", hosts, paths, queries)


@given(texts)
def test_normalised_words_are_their_own_normal_form(text: str) -> None:
    once = words(text)

    assert words(" ".join(once)) == once


@given(texts)
def test_case_and_spacing_and_punctuation_change_no_hash(text: str) -> None:
    found = words(text)
    dressed = " ".join(f"“{word}”,\n" for word in found)

    assert text_hash("", dressed) == text_hash("", text)


def triples(found: list[str]) -> list[tuple[str, ...]]:
    return list(zip(found, found[1:], found[2:], strict=False))


@given(texts)
def test_prose_consists_of_words_of_the_text(text: str) -> None:
    assert set(words(without_furniture(text))) <= set(words(text)) | set(words(MARKUP.sub(" ", text)))


@given(seed=st.integers(0, 10_000), shared=st.integers(0, 300), rest=st.integers(0, 150))
def test_similarity_is_near_the_true_share_of_common_runs(seed: int, shared: int, rest: int) -> None:
    """Within five standard errors: by chance that fails once in two million."""
    pool = prose(seed, count=shared + 2 * rest + 6)
    one = pool[: shared + rest + 3]
    other = pool[:shared] + pool[shared + rest + 3 :]
    true = len(set(triples(one)) & set(triples(other))) / len(set(triples(one)) | set(triples(other)))

    estimate = similarity(a_signature(one), a_signature(other))

    assert abs(estimate - true) <= 5 * math.sqrt(true * (1 - true) / SAMPLE) + 2 / SAMPLE


@given(texts, texts)
def test_similarity_is_symmetric_and_one_with_itself(one: str, other: str) -> None:
    first, second = sign("", one), sign("", other)

    assert similarity(first, second) == similarity(second, first)
    assert similarity(sign("", one), first) == 1
    assert 0 <= similarity(first, second) <= 1


@given(articles, articles)
def test_the_verdict_does_not_depend_on_which_came_first(
    one: tuple[str, list[str]], other: tuple[str, list[str]]
) -> None:
    first, second = (DecodedSignature(sign(title, " ".join(text))) for title, text in (one, other))

    there, back = compare(first, second), compare(second, first)

    assert there == back
    assert there is None or 0 <= confidence(there) <= 1


@given(articles)
def test_a_signature_is_the_same_after_packing_and_unpacking(article: tuple[str, list[str]]) -> None:
    signature = sign(article[0], " ".join(article[1]))

    again = Signature.unpack(signature.pack())

    assert again == signature


@given(articles)
def test_a_signature_of_an_earlier_release_is_compared_as_one_of_this_release(article: tuple[str, list[str]]) -> None:
    signature = sign(article[0], " ".join(article[1]))
    pairs = zip(batched(signature.runs, 4), signature.places, strict=True)
    ascending = sorted(pairs, key=lambda pair: pair[0][::-1])  # little-endian
    runs, places = b"".join(bytes(run) for run, _ in ascending), bytes(place for _, place in ascending)
    earlier = Signature.unpack(replace(signature, runs=runs, places=places).pack())

    assert similarity(earlier, signature) == 1
    assert compare(DecodedSignature(earlier), DecodedSignature(signature)) == compare(
        DecodedSignature(signature), DecodedSignature(signature)
    )


@given(urls)
def test_a_canonical_address_is_its_own_canonical_form(url: str) -> None:
    once = canonical_url(url)

    assert canonical_url(once) == once


@given(st.text(max_size=60))
def test_any_text_has_a_canonical_form_and_an_id(text: str) -> None:
    known = identity_of(guid=None, namespace=None, url=text or None, text_hash="x")

    assert known == identity_of(guid=None, namespace=None, url=text or None, text_hash="x" if not text else "y")
    assert article_id(known) == article_id(known)
    assert isinstance(canonical_url(text), str)


def a_new_desk() -> Desk:
    clock = ManualClock()
    return a_desk(memory_store(clock), clock)


def a_story(cluster: int, *, near: bool = False) -> dict[str, Any]:
    """Return the story of a cluster, word by word or edited at the end."""
    text = prose(cluster)
    return an_item(text[:105] + prose(cluster + 1_000, count=5) if near else text)


def contents(desk: Desk, ids: list[DeliveryId]) -> list[Any]:
    records = [desk.settled(each) for each in ids]
    articles = [desk.store.articles.versions(article) for each in records for article in each.article_ids]
    return [[(each.disposition, each.relation, each.article_ids) for each in records], articles]


def work_off(desk: Desk, ids: list[DeliveryId]) -> None:
    desk.ingest(*ids)
    tag([each for work, each in desk.publisher.published if work is Work.TAG], deps=desk.deps)


stories = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=12)


@given(stories)
def test_running_everything_twice_equals_running_it_once(files: list[tuple[int, bool]]) -> None:
    desk = a_new_desk()
    ids = [desk.deliver_items(a_story(cluster, near=near)) for cluster, near in files]
    work_off(desk, ids)
    once, events = contents(desk, ids), desk.store.events.read(after=None, limit=1_000)

    desk.clock.advance(seconds=3_600)
    work_off(desk, ids)

    assert contents(desk, ids) == once
    assert desk.store.events.read(after=None, limit=1_000) == events
    assert desk.store.ledger.waiting(Work.TAG) == desk.store.ledger.waiting(Work.INGEST) == 0


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12), st.randoms())
def test_in_any_order_one_of_each_cluster_of_equal_texts_is_stored(clusters: list[int], chance: Any) -> None:
    desk = a_new_desk()
    ids = [desk.deliver_items(a_story(each)) for each in clusters]
    order = list(ids)
    chance.shuffle(order)

    for each in order:
        desk.ingest(each)
        assert desk.store.ledger.balance().closed

    ends = Counter(zip(clusters, desk.dispositions(ids), strict=True))
    assert all(ends[cluster, Disposition.STORED] == 1 for cluster in set(clusters))
    assert sum(ends[cluster, Disposition.DUPLICATE] for cluster in set(clusters)) == len(ids) - len(set(clusters))
    assert desk.store.articles.count() == len(set(clusters))
    assert desk.store.ledger.waiting(Work.TAG) == len(set(clusters))


@given(samples, st.lists(samples, max_size=6))
def test_candidates_counted_together_are_those_of_which_a_comparison_exists(
    one: list[int], others: list[list[int]]
) -> None:
    first, *rest = (_with_runs(runs) for runs in [one, *others])
    decoded = DecodedSignature(first)
    assert comparable(decoded, rest) == [compare(decoded, DecodedSignature(each)) is not None for each in rest]


def _with_runs(runs: list[int]) -> Signature:
    """Return a signature with these runs, which have 24 bits; half of them have the same lower 16 bits."""
    packed = np.array([each << 15 << 8 for each in runs], "<u4").tobytes()
    return replace(a_signature("a"), runs=packed, places=bytes(each % 251 for each in range(len(runs))))
