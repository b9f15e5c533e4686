"""Addresses of servers, of Sentinels and of clusters: what they mean, and what is refused."""

from __future__ import annotations

import pytest

from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.store import broker_address, redis_address
from copytaster.errors import ConfigurationError
from copytaster.store.redis.addresses import Scheme, read_address
from copytaster.store.redis.cluster_client import merged_info

SENTINELS = "redis+sentinel://one:26001,two,[::1]:26003/mymaster/2"


def test_an_address_of_sentinels_has_their_hosts_the_service_and_the_database() -> None:
    where = read_address(SENTINELS)

    assert where.scheme is Scheme.SENTINEL
    assert where.nodes == (("one", 26001), ("two", 26379), ("::1", 26003))
    assert (where.service, where.database, where.username, where.password) == ("mymaster", 2, None, None)


def test_users_and_passwords_of_server_and_sentinels_are_apart() -> None:
    where = read_address(
        "redis+sentinel://worker:a%2Fb%40c@one,two/mymaster?sentinel_password=d%26e&sentinel_username=guard"
    )

    assert (where.username, where.password, where.database) == ("worker", "a/b@c", 0)
    assert (where.sentinel_username, where.sentinel_password) == ("guard", "d&e")
    assert "a/b" not in repr(where)
    assert "d&e" not in repr(where)


def test_an_address_of_a_cluster_has_some_of_its_nodes() -> None:
    where = read_address("redis+cluster://:hidden@one:7000,two")

    assert where.scheme is Scheme.CLUSTER
    assert where.nodes == (("one", 7000), ("two", 6379))
    assert (where.username, where.password) == (None, "hidden")


def test_an_address_of_one_server_has_its_host_the_database_the_user_and_the_password() -> None:
    where = read_address("REDIS://worker:a;b%2Fc#d@[::1]:1/2")

    assert (where.nodes, where.database) == ((("::1", 1),), 2)
    assert (where.username, where.password) == ("worker", "a;b/c#d")


def test_a_database_may_follow_as_an_option_as_in_the_library() -> None:
    assert [read_address(url).database for url in ("redis://there?db=3", "redis://there/2?db=3", "redis://")] == [
        3,
        3,
        0,
    ]


def test_an_address_with_tls_has_options_about_certificates_in_the_notation_of_the_library_or_of_celery() -> None:
    where = read_address(
        "rediss://there/1?ssl_cert_reqs=CERT_NONE&ssl_ca_certs=/run/ca%20one.pem&ssl_check_hostname=False"
    )

    assert where.tls == {"ssl_cert_reqs": "none", "ssl_ca_certs": "/run/ca one.pem", "ssl_check_hostname": False}


def test_an_address_of_a_socket_has_its_path() -> None:
    where = read_address("unix://:secret@/run/redis%20one.sock?db=1")

    assert (where.path, where.database, where.password, where.nodes) == ("/run/redis one.sock", 1, "secret", ())


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("there:6379", "begins with one of"),
        ("http://there", "not with http://"),
        ("redis+sentinel://:hidden@one,two", "name of the service"),
        ("redis+sentinel://:hidden@one/mymaster/first", "has to be a number"),
        ("redis+sentinel://:hidden@one/mymaster?timeout=1", "no option timeout"),
        ("redis+sentinel://:hidden@one,,two/mymaster", "host without a name"),
        ("redis+sentinel://:hidden@one:port/mymaster", "not a host with a port"),
        ("redis+cluster://:hidden@one/1", "neither databases nor options"),
        ("redis://:hidden@one:99999/0", "not a host with a port"),
        ("redis://:hidden@one:port", "not a host with a port"),
        ("redis://:hidden@one:6379,two:6379/0", "one server has one host"),
        ("redis://:hidden@one/news", "has to be a number"),
        ("redis://:hidden@one/0/1", "has to be a number"),
        ("redis://:hidden@one/-1", "has to be a number"),
        ("redis://:hidden@one?socket_timeout=1", "no option socket_timeout; there are db"),
        ("redis://:hidden@one?ssl_cert_reqs=none", "no option ssl_cert_reqs"),
        ("rediss://:hidden@one?ssl_cert_reqs=maybe", "one of none, optional, required"),
        ("rediss://:hidden@one?ssl_check_hostname=maybe", "true or false"),
        ("unix://:hidden@run/redis.sock", "begins with a slash"),
        ("unix://", "begins with a slash"),
        ("redis://:hid/den@one:6379/0", "/ is written as %2F"),
        ("redis://user:12/hidden@one:6379/0", "/ is written as %2F"),
        ("redis://:hid?den@one", r"\? as %3F"),
        ("redis://user:12?hidden@one", r"\? as %3F"),
        ("redis+sentinel://:hid/den@one/mymaster", "/ is written as %2F"),
    ],
)
def test_a_wrong_address_stops_the_start_with_what_is_wrong_and_without_the_password(url: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why) as caught:
        load_settings({"COPYTASTER_REDIS_URL": url})

    assert "COPYTASTER_REDIS_URL" in str(caught.value)
    assert "hid" not in str(caught.value)
    assert "den" not in str(caught.value)


def test_the_password_is_put_into_an_address_of_several_hosts() -> None:
    settings = load_settings(
        {"COPYTASTER_REDIS_URL": "redis+sentinel://worker@one,two/mymaster", "COPYTASTER_REDIS_PASSWORD": "a@b"}
    )

    where = read_address(redis_address(settings))

    assert (where.username, where.password, where.nodes) == ("worker", "a@b", (("one", 26379), ("two", 26379)))


def test_the_password_is_put_behind_a_user_whose_own_is_empty() -> None:
    settings = load_settings({"COPYTASTER_REDIS_URL": "redis://worker:@one", "COPYTASTER_REDIS_PASSWORD": "a@b"})

    where = read_address(redis_address(settings))

    assert (where.username, where.password) == ("worker", "a@b")


def test_queues_are_on_the_server_of_the_store_unless_they_have_their_own() -> None:
    together = load_settings({"COPYTASTER_REDIS_URL": "redis://store"})
    apart = load_settings({"COPYTASTER_REDIS_URL": "redis+cluster://store", "COPYTASTER_BROKER_URL": "redis://queues"})

    assert broker_address(together) == "redis://store"
    assert broker_address(apart) == "redis://queues"


@pytest.mark.parametrize(
    "environ",
    [
        {"COPYTASTER_REDIS_URL": "redis+cluster://store"},
        {"COPYTASTER_REDIS_URL": "redis://store", "COPYTASTER_BROKER_URL": "redis+cluster://queues"},
    ],
)
def test_an_address_of_a_cluster_for_the_queues_stops_the_start(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match=r"COPYTASTER_BROKER_URL.* cannot be on a Redis Cluster"):
        load_settings(environ)


def test_the_figures_of_a_cluster_are_those_of_its_worst_server() -> None:
    healthy = {"run_id": "b", "uptime_in_seconds": 9, "used_memory": 50, "maxmemory": 100, "aof_enabled": 1}
    others = {"run_id": "a", "uptime_in_seconds": 4, "used_memory": 90, "maxmemory": 1000, "aof_enabled": 0}

    merged = merged_info([{**healthy, "connected_slaves": 1}, {**others, "connected_slaves": 0}])

    assert (merged["run_id"], merged["uptime_in_seconds"]) == ("a+b", 4)
    assert (merged["used_memory"], merged["maxmemory"]) == (50, 100)
    assert (merged["aof_enabled"], merged["connected_slaves"]) == (0, 0)


def test_what_is_no_address_is_refused_without_its_text() -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_address("secret@host:6379")

    assert "secret" not in str(raised.value)
