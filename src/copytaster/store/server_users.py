"""The users of the Redis server, one for each role, as lines of the server's ACL file.

Each may use the commands and the keys that its role needs, so that who takes over one part cannot read logins, stop the
server or delete what belongs to others. The commands are listed, and not whole categories of the server: a category may
grow with a release of the server.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum

CONNECTION = "+client -@dangerous +auth +hello +ping +echo +quit +reset +select"
"""What clients send about their own connection. CLIENT is reduced by what concerns others, KILL and LIST: its other
subcommands cannot be listed, for CLIENT SETINFO is unknown to Redis 7.0, which refuses the whole file then."""

FACTS = "info time"
"""The memory, its limit, the run and the clock of the server."""

ROUTES = "command cluster|slots asking"
"""With these, a client of a cluster finds the server of a key."""

READS = (
    "exists get getrange hexists hget hgetall hkeys hlen hmget hscan hstrlen hvals lindex llen lrange mget pttl scan"
    " scard sismember smembers smismember strlen ttl type xlen xrange xread xrevrange zcard zcount zlexcount zmscore"
    " zrange zrangebylex zrangebyscore zrank zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore"
)

WRITES = (
    "bitfield del evalsha exec expire hdel hincrby hset hsetnx incr lpush ltrim multi pexpire rename rpop rpush sadd"
    " script|load script|exists set srem unlink unwatch watch discard xadd xtrim zadd zincrby zrem zremrangebylex"
    " zremrangebyrank zremrangebyscore"
)

QUEUES = "brpop publish psubscribe punsubscribe subscribe unsubscribe"
"""What only those who take messages need; the others publish by LPUSH."""

CHANNELS = ("*", "/0.celery.pidbox", "/0.celeryev/*", "/0.celeryev/worker.*")
"""Channels of the broker, on database 0. The first permits to publish; to subscribe to a pattern, the very pattern has
to be listed."""

SETTINGS = "config|get"
"""For ``copytaster doctor``, and for whoever stores articles: how long a value may be in a packed hash. The server's
settings have no password: those are in the ACL file, as hashes."""

SNAPSHOT = "sync replconf"
"""What ``copytaster backup`` needs to copy all data at one moment."""

EXPORTER = "info slowlog|len slowlog|get latency|latest latency|histogram config|get"
"""What the exporter of the server's own figures sends; it reads no key."""

WORKED_ON = ("{ledger}:*", "{a*", "{near}:*", "{stories}:*", "{senders}:*", "{terms:*", "{searches}:*", "{epoch}:*")
"""Families of keys that the processing of files changes. ``{a`` begins the tag of an article, and of the listings."""

REPORTED = ("presence", "problems", "history:*")
"""What parts report about themselves."""

ORDERED = ("{pauses}:*", "{jobs}:*", "{webhooks}:*")
"""What people order through the API and watchers carry out."""

TRAIL = ("audit", "audit_refusals")
"""The audit trail: the API and the commands in a watcher's container write and read it."""

VISITED = ("session:*", "key_uses", *TRAIL, "{upload:*")
"""What only the API and the commands need: logins, keys, the audit trail, uploads."""


class Role(StrEnum):
    """Who connects to the server."""

    ADMIN = "admin"
    """A person with ``redis-cli``."""
    WATCHER = "watcher"
    WORKER = "worker"
    API = "api"
    BACKUP = "backup"
    FLOWER = "flower"
    EXPORTER = "exporter"
    """The exporter of the server's figures, and the health check of its container."""


def acl_file(passwords: Mapping[Role, str], *, prefix: str, broker: str) -> str:
    """Return the ACL file with a user for each role that has a password, which only its SHA-256 represents.

    ``prefix`` is that of the store's keys, ``broker`` that of the broker's keys and channels. A client that names no
    user is refused: nobody can log in as the default user. It has all permissions, because the server carries out the
    transactions of its append-only file as this user when it starts, and would leave them out without permission.
    """
    users = [_user(role, password, _rules(role, prefix, broker)) for role, password in passwords.items()]
    return "\n".join(["user default off resetpass ~* &* +@all", *users, ""])


def _user(role: Role, password: str, rules: str) -> str:
    return f"user {role} on #{hashlib.sha256(password.encode()).hexdigest()} {rules}"


def _rules(role: Role, prefix: str, broker: str) -> str:
    """Return the keys, channels and commands of a role, in the server's notation."""

    def store(*families: str, how: str = "~") -> str:
        return " ".join(f"{how}{prefix}:{each}" for each in families)

    queues = f"~{broker}*"
    channels = " ".join(f"&{broker}{each}" for each in CHANNELS)
    match role:
        case Role.ADMIN:
            rules = "~* &* +@all"
        case Role.WATCHER:
            families = store(*WORKED_ON, *REPORTED, *ORDERED, *TRAIL, "{inbox}:*", "{layout}:*")
            rules = f"{families} {queues} {_commands(FACTS, ROUTES, READS, WRITES, SETTINGS)}"
        case Role.WORKER:
            families = f"{store(*WORKED_ON, *REPORTED)} {store('{pauses}:*', '{layout}:*', how='%R~')}"
            rules = f"{families} {queues} {channels} {_commands(FACTS, ROUTES, READS, WRITES, QUEUES, SETTINGS)}"
        case Role.API:
            families = f"{store('*', how='%R~')} {store(*WORKED_ON, *REPORTED, *ORDERED, *VISITED)}"
            rules = f"{families} {queues} {_commands(FACTS, ROUTES, READS, WRITES, SETTINGS)}"
        case Role.BACKUP:
            rules = f"{store('*', how='%R~')} {_commands(FACTS, READS, SNAPSHOT)}"
        case Role.FLOWER:
            rules = f"{queues} {channels} {_commands(FACTS, READS, WRITES, QUEUES)}"
        case Role.EXPORTER:
            rules = _commands(EXPORTER)
    return rules


def _commands(*groups: str) -> str:
    return " ".join([CONNECTION, *(f"+{each}" for group in groups for each in group.split())])
