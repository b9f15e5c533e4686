"""What an article takes on the server; see ``benchmarks.memory``. The articles are generated, always the same ones."""

from __future__ import annotations

from pathlib import Path

from benchmarks.memory import WARM_UP, generated_files, measure
from copytaster.store.redis.packed_hashes import LONGEST_VALUE, SETTING
from copytaster.store.redis.packing import PIECE
from tests.conftest import RealServer

ARTICLES = 50

MOST_BYTES = 4_400
"""Of an article of 900 bytes, 4,239 today; among so few every index takes more for an entry than among thousands."""

MOST_OF_RECORDS = 1_200
"""Of the records of an article and its delivery, 1,158 today; they take the same in every store."""


def test_a_short_article_takes_no_more_of_the_server_than_it_did(server: RealServer, tmp_path: Path) -> None:
    files = generated_files("wire", ARTICLES + WARM_UP, tmp_path, seed=7)

    with server.client() as client:
        client.config_set(SETTING, LONGEST_VALUE)  # as the servers of this product have it
        try:
            found = measure(client, files, "wire", ARTICLES)
        finally:
            client.config_set(SETTING, PIECE)

    assert sum(found.families[each] for each in ("article", "delivery")) <= MOST_OF_RECORDS
    assert found.sum <= MOST_BYTES
