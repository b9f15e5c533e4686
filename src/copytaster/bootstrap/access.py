"""From settings to keys, and the rule that an API that other machines reach needs them."""

from __future__ import annotations

from copytaster.access.authentication import Authentication
from copytaster.access.keyring import Keyring
from copytaster.access.logins import Logins
from copytaster.archive.access_keys import FilesystemAccessKeys
from copytaster.bootstrap.archive import watch_archive
from copytaster.clock import Clock
from copytaster.errors import ConfigurationError
from copytaster.settings import Settings
from copytaster.store.store import Store
from copytaster.system.addresses import is_loopback


def open_keyring(settings: Settings, *, clock: Clock) -> Keyring:
    """Return the keys of the API; they need no server."""
    return Keyring(FilesystemAccessKeys(settings.archive_address), clock)


def open_authentication(settings: Settings, store: Store, *, clock: Clock) -> Authentication:
    """Return what finds out who sends a request."""
    keyring = open_keyring(settings, clock=clock)
    logins = Logins(keyring, store.sessions, clock)
    return Authentication(
        keyring,
        logins,
        store.key_uses,
        clock,
        exposed=is_exposed(settings),
        is_archive_away=watch_archive(settings, lambda: store),
    )


def is_exposed(settings: Settings) -> bool:
    """Return whether machines other than this one can connect to the API."""
    return not is_loopback(settings.api_published_host or settings.api_host)


def require_keys(settings: Settings, *, clock: Clock) -> None:
    """Raise ``ConfigurationError`` if other machines can connect to the API, and there is no key.

    Raises ``TransientError`` if the archive is unavailable.
    """
    if not is_exposed(settings) or open_keyring(settings, clock=clock).keys.exist():
        return
    host = settings.api_published_host or settings.api_host
    raise ConfigurationError(
        f"the status API would listen on {host}, where other machines can connect, and there is no key: create one with"
        " `copytaster keys create NAME --scope admin` on the same data folder, and start again; or leave the API to"
        " this machine by unsetting COPYTASTER_API_HOST. In a container whose port is published to the loopback"
        " interface only, set COPYTASTER_API_PUBLISHED_HOST=127.0.0.1"
    )
