from __future__ import annotations

import pytest

from copytaster.dedup.identity import article_id, canonical_url, identity_of


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/story",
        "HTTPS://Example.ORG:443/story/",
        "https://example.org/story?utm_source=mail&fbclid=1#comments",
        " https://user@example.org/story ",
    ],
)
def test_addresses_of_one_page_have_one_canonical_form(address: str) -> None:
    assert canonical_url(address) == "https://example.org/story"


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/Story",
        "https://example.org/story?page=2",
        "https://example.org:8443/story",
        "https://www.example.org/story",
    ],
)
def test_addresses_of_different_pages_have_different_canonical_forms(address: str) -> None:
    assert canonical_url(address) != "https://example.org/story"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("article.php?1001", "article.php?1002"),
        ("index.php?/news/1", "index.php?/news/2"),
        ("?story-one", "?story-two"),
        ("news?page&1001", "news?page&1002"),
        ("news?title=%ED%EE%E2", "news?title=%F1%F2%E0"),
        ("news?%C4%E3", "news?%BA%C3"),
    ],
)
def test_pages_that_differ_in_a_bare_parameter_or_in_bytes_are_different(one: str, other: str) -> None:
    assert canonical_url(f"https://example.org/{one}") != canonical_url(f"https://example.org/{other}")


@pytest.mark.parametrize(
    "query",
    [
        "id=1&ref=",
        "id=1&fbclid",
        "utm_source&id=1",
        "&id=1&",
        "id=%31",
        "PHPSESSID=a1&id=1",
        "id=1&_hsenc=p2&msclkid=x",
    ],
)
def test_empty_and_tracking_parameters_do_not_count(query: str) -> None:
    assert canonical_url(f"https://example.org/story?{query}") == "https://example.org/story?id=1"


@pytest.mark.parametrize(
    "path", ["caf%C3%A9/~ana", "caf%c3%a9/%7Eana/", "café/~ana", "c%61f%C3%A9;jsessionid=1F2E/~ana"]
)
def test_a_letter_and_its_escape_are_one(path: str) -> None:
    assert canonical_url(f"https://example.org/{path}") == "https://example.org/caf%C3%A9/~ana"


@pytest.mark.parametrize(("one", "other"), [("a/b", "a%2Fb"), ("a?b", "a%3Fb"), ("a+b", "a%2Bb")])
def test_an_escape_in_place_of_a_sign_with_a_meaning_is_another_address(one: str, other: str) -> None:
    assert canonical_url(f"https://example.org/{one}") != canonical_url(f"https://example.org/{other}")


def test_a_percent_sign_that_escapes_nothing_is_itself() -> None:
    assert canonical_url("https://example.org/%%34%31") == canonical_url("https://example.org/%2541")


def test_the_order_of_parameters_does_not_count() -> None:
    assert canonical_url("https://example.org/?b=2&a=1") == canonical_url("https://example.org/?a=1&b=2")


def test_an_address_that_cannot_be_parsed_is_unchanged() -> None:
    assert canonical_url(" http://[broken ") == "http://[broken"


def test_the_strongest_identifier_makes_the_id() -> None:
    url = "https://example.org/story"
    by_guid = identity_of(guid="urn:newsml:x:1", namespace="wire", url=url, text_hash="t")
    by_url = identity_of(guid=None, namespace="wire", url=url, text_hash="t")
    by_text = identity_of(guid=None, namespace="wire", url=None, text_hash="t")

    assert by_guid == identity_of(guid="urn:newsml:x:1", namespace="other", url=None, text_hash="other")
    assert by_url == identity_of(guid=None, namespace="other", url=f"{url}#top", text_hash="other")
    assert len({article_id(each) for each in (by_guid, by_url, by_text)}) == 3


@pytest.mark.parametrize("guid", ["4711", "anpa:a:2026-11-29:0123", "bdt:2026-11-29:0123", "a1:2026-11-29:7"])
def test_a_number_of_a_provider_is_combined_with_its_source(guid: str) -> None:
    ours, theirs = (identity_of(guid=guid, namespace=source, url=None, text_hash="t") for source in ("wire", "other"))

    assert ours != theirs


@pytest.mark.parametrize("guid", ["urn:newsml:example.org:2026-11-29:0123", "tag:example.org,2026:0123", "urn:x:1"])
def test_a_uri_is_the_same_article_from_every_source(guid: str) -> None:
    ours, theirs = (identity_of(guid=guid, namespace=source, url=None, text_hash="t") for source in ("wire", "other"))

    assert ours == theirs
