"""Whether the store knows every need of an original: only then may one be removed from the archive."""

from __future__ import annotations

from copytaster.store.ports.layout import LAYOUT
from copytaster.store.store import Store


def complete_data(store: Store) -> tuple[str, str] | None:
    """Return the identity of the store's data and of its server, if the data is complete; else None.

    A server that has lost its data does not know the articles that a rebuild will store again, and articles of an older
    layout are not found until they are rewritten. An examination of needs holds if this is the same before and after.
    """
    state = store.epoch.read()
    if state.epoch is None or not state.is_complete or store.layout.read() != LAYOUT:
        return None
    return state.epoch, state.run
