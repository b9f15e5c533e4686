"""Addresses as exports and feeds have them."""

from __future__ import annotations

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.export.addresses import uri_of

IS_URI = jsonschema_rs.validator_for({"type": "string", "format": "uri"}, validate_formats=True)


@pytest.mark.parametrize(
    ("address", "uri"),
    [
        ("https://kestrel.example/1.jpg?w=100&h=2#top", "https://kestrel.example/1.jpg?w=100&h=2#top"),
        (
            "https://kestrel.example/Foto groß (1).jpg?t=ü",
            "https://kestrel.example/Foto%20gro%C3%9F%20(1).jpg?t=%C3%BC",
        ),
        ("https://küste.example:8080/ä%20b", "https://xn--kste-0ra.example:8080/%C3%A4%20b"),
        ("http://kestrel.example/{x}|y[1]", "http://kestrel.example/%7Bx%7D%7Cy%5B1%5D"),
        ("http://kestrel.example/100%", "http://kestrel.example/100%25"),
        (" HTTP://kestrel.example/a\tb\n", "http://kestrel.example/ab"),
        ("http://[::1]:80/x", "http://[::1]:80/x"),
    ],
)
def test_what_a_uri_does_not_allow_is_encoded_and_the_rest_is_as_it_was(address: str, uri: str) -> None:
    assert uri_of(address) == uri
    assert uri_of(uri) == uri


@pytest.mark.parametrize(
    "address",
    [
        *(None, "", "/relative.jpg", "//kestrel.example/1.jpg", "javascript:alert(1)", "data:image/png;base64,AA"),
        *("http://", "http:///x", "http://[::1", "http://kestrel.example:port/", "http://a@b@kestrel.example/"),
        *("http://ü..example/", "http://kestrel.example/\ud800", "http://kestrel\\example/"),
    ],
)
def test_what_leads_nowhere_is_no_address(address: str | None) -> None:
    assert uri_of(address) is None


@given(rest=st.text(max_size=20))
def test_every_address_is_one_for_validators(rest: str) -> None:
    uri = uri_of(f"https://kestrel.example{rest}")

    assert uri is None or IS_URI.is_valid(uri)


@given(rest=st.text(max_size=20, alphabet=st.characters(exclude_categories=["Cs"])))
def test_no_path_is_lost(rest: str) -> None:
    assert uri_of(f"https://kestrel.example/{rest}") is not None
