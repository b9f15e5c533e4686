"""Messages go to public addresses only, unless the operator allows a network."""

from __future__ import annotations

import ipaddress

import pytest

from copytaster.outbound.webhooks.addresses import AllowedAddresses, NotSentError, Target, WrongUrlError, check_url

PUBLIC = "93.184.216.34"
IPV6 = "2606:2800:220:1::1"
PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104  # an address that must be refused
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fd00::1",
    "ff02::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::1",
    "2001:0:1::1",
    "64:ff9b:1::a00:1",
    "::10.0.0.1",
    "::ffff:0:10.0.0.1",
    "fec0::1",
    "192.0.0.192",
]


def allowing(*found: str, networks: tuple[str, ...] = ()) -> AllowedAddresses:
    return AllowedAddresses(tuple(map(ipaddress.ip_network, networks)), resolve=lambda _host, _port: list(found))


def test_a_public_address_is_used_and_no_other_is_looked_up_later() -> None:
    looks = []

    def resolve(host: str, port: int) -> list[str]:
        looks.append((host, port))
        return [PUBLIC, IPV6]

    target = AllowedAddresses(resolve=resolve).target("https://hooks.example:8443/in?key=1")

    assert target == Target(secure=True, host="hooks.example", port=8443, path="/in?key=1", addresses=(PUBLIC, IPV6))
    assert (target.host_header, looks) == ("hooks.example:8443", [("hooks.example", 8443)])


def test_some_addresses_of_each_family_are_tried_in_turn() -> None:
    sixth, fourth = [f"2606:2800:220:1::{number}" for number in range(1, 9)], [PUBLIC, "93.184.216.35"]

    target = allowing(*sixth, *fourth).target("https://hooks.example/")

    assert target.addresses == (sixth[0], fourth[0], sixth[1], fourth[1])
    assert allowing(*sixth).target("https://hooks.example/").addresses == tuple(sixth[:4])


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(NotSentError, match=r"which is not public; .* COPYTASTER_WEBHOOK_NETWORKS"):
        allowing(address).target("https://hooks.example/")


def test_a_name_with_one_private_address_among_others_is_refused() -> None:
    with pytest.raises(NotSentError, match=r"10\.0\.0\.1, which is not public"):
        allowing(PUBLIC, "10.0.0.1").target("https://hooks.example/")


def test_an_allowed_network_is_reached_by_http_too_and_others_are_not() -> None:
    addresses = allowing("10.0.0.9", networks=("10.0.0.0/24",))

    assert addresses.target("http://desk.local").host_header == "desk.local"
    assert addresses.target("https://desk.local/").port == 443
    with pytest.raises(NotSentError, match="not public"):
        allowing("10.0.1.9", networks=("10.0.0.0/24",)).target("http://desk.local/")


def test_a_public_address_is_not_reached_without_encryption() -> None:
    with pytest.raises(NotSentError, match="has to begin with https"):
        allowing(PUBLIC).target("http://hooks.example/")


def test_a_name_that_is_not_known_is_explained() -> None:
    def fail(host: str, port: int) -> list[str]:
        raise OSError(-2, f"Name or service not known: {host}:{port}")

    with pytest.raises(NotSentError, match=r"the name nowhere\.example cannot be resolved: Name or service"):
        AllowedAddresses(resolve=fail).target("https://nowhere.example/")
    with pytest.raises(NotSentError, match="has no address"):
        allowing().target("https://nowhere.example/")


@pytest.mark.parametrize(
    "wrong",
    [
        "ftp://hooks.example/",
        "hooks.example/1",
        "https://",
        "https://user@hooks.example/",
        "https://user:password@hooks.example/",
        "https://hooks.example/#part",
        "https://hooks.example/a b",
        "https://hooks.example/a\r\nHost: other",
        "https://hooks.example:99999/",
        "https://[::1/",
        "https://hooks..example/",
        "https://.example/",
        f"https://{64 * 'a'}.example/",
    ],
)
def test_what_is_no_url_of_an_endpoint_is_refused(wrong: str) -> None:
    with pytest.raises(WrongUrlError):
        check_url(wrong)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("https://küste.example/in", "https://xn--kste-0ra.example/in"),
        ("https://новости.example/", "https://xn--b1amarcd.example/"),
        ("https://hooks.example/Küste", "https://hooks.example/K%C3%BCste"),
        ("https://hooks.example/in?desk=名", "https://hooks.example/in?desk=%E5%90%8D"),
    ],
)
def test_a_url_that_no_request_can_be_sent_with_is_refused_with_the_form_that_can(wrong: str, right: str) -> None:
    with pytest.raises(WrongUrlError, match=r"beyond ASCII: .* xn--, .* %C3%BC"):
        allowing(PUBLIC).target(wrong)
    assert allowing(PUBLIC).target(right).addresses == (PUBLIC,)


def test_a_name_with_a_final_dot_is_one() -> None:
    assert allowing(PUBLIC).target("https://hooks.example./").host == "hooks.example."
