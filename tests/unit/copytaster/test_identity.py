from __future__ import annotations

import pytest

from copytaster.dedup.identity import article_id, canonical_url


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/story",
        "HTTPS://Example.ORG:443/story/",
        "https://example.org/story?utm_source=mail&fbclid=1#comments",
        " https://user@example.org/story ",
    ],
)
def test_addresses_of_one_page_are_one(address: str) -> None:
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
def test_addresses_of_other_pages_stay_apart(address: str) -> None:
    assert canonical_url(address) != "https://example.org/story"


def test_the_order_of_parameters_does_not_count() -> None:
    assert canonical_url("https://example.org/?b=2&a=1") == canonical_url("https://example.org/?a=1&b=2")


def test_an_address_that_cannot_be_taken_apart_is_its_own_form() -> None:
    assert canonical_url(" http://[broken ") == "http://[broken"


def test_the_strongest_thing_known_makes_the_id() -> None:
    url = "https://example.org/story"
    by_guid = article_id(guid="g", url=url, text_hash="t")

    assert by_guid == article_id(guid="g", url=None, text_hash="other")
    assert article_id(guid=None, url=url, text_hash="t") == article_id(guid=None, url=f"{url}#top", text_hash="other")
    assert (
        len({by_guid, article_id(guid=None, url=url, text_hash="t"), article_id(guid=None, url=None, text_hash="t")})
        == 3
    )
