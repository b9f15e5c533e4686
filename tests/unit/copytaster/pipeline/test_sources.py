from __future__ import annotations

from dataclasses import replace

import pytest

from copytaster.model.article import Article
from copytaster.model.delivery import Delivery
from copytaster.model.metadata import FolderDefaults, Metadata
from copytaster.parsing.parser import Draft
from copytaster.pipeline.assemble import assemble
from tests.factories import a_delivery

SHA = "0" * 64
DRAFT = Draft(title="Ferry returns", text="The ferry is back.", format="text", charset="utf-8")
DIRECTLY = "story.txt"
ALIASES = {"Harbour Post Online": "The Harbour Post"}


def article(publisher: str | None, delivery: Delivery, guid: str | None = None) -> Article:
    return assemble(replace(DRAFT, publisher=publisher, guid=guid), delivery, sha256=SHA)


@pytest.mark.parametrize(
    ("stated", "folder", "publisher", "source", "place"),
    [
        (("Sidecar", "Declared"), "wire", "File", "Sidecar", "sidecar:source"),
        ((None, "Declared"), "wire", "File", "Declared", "source-file:source"),
        ((None, None), "wire", "File", "wire", "inbox:folder"),
        ((None, None), None, "The Harbour Post: News", "harbour post", "publisher"),
        ((None, None), None, "HARBOUR POST", "harbour post", "publisher"),
    ],
)
def test_the_source_is_who_delivered_the_file(
    stated: tuple[str | None, str | None], folder: str | None, publisher: str, source: str, place: str
) -> None:
    sidecar, declared = stated
    delivery = a_delivery(
        path=f"{folder}/story.txt" if folder else DIRECTLY,
        source=folder,
        metadata=Metadata(source=sidecar),
        folder_defaults=FolderDefaults(source=declared),
    )

    found = article(publisher, delivery)

    assert (found.source, found.provenance["source"].from_) == (source, place)


def test_an_article_of_no_folder_and_no_publisher_has_no_source() -> None:
    found = article(None, a_delivery(path=DIRECTLY, source=None))

    assert (found.source, found.publisher) == (None, None)
    assert "source" not in found.provenance


@pytest.mark.parametrize("spelling", ["Harbour Post Online", "HARBOUR POST", "Harbour Post: News", "The Harbour Post"])
def test_aliases_give_all_spellings_one_name(spelling: str) -> None:
    delivery = a_delivery(path=DIRECTLY, source=None, folder_defaults=FolderDefaults(aliases=ALIASES))

    found = article(spelling, delivery)

    assert (found.source, found.publisher) == ("The Harbour Post", "The Harbour Post")


def test_aliases_and_spelling_do_not_change_the_identity() -> None:
    plain, with_aliases = (a_delivery(folder_defaults=defaults) for defaults in (None, FolderDefaults(aliases=ALIASES)))

    ids = {article("Harbour Post Online", each, guid="4711").identity for each in (plain, with_aliases)}

    assert ids == {"guid:Harbour Post Online:4711"}


def test_one_folder_with_two_publishers_keeps_their_guids_apart() -> None:
    first, second = (article(name, a_delivery(), guid="4711") for name in ("Kestrel", "Quay"))

    assert (first.source, first.id != second.id) == (second.source, True)


def test_the_identity_uses_the_folder_where_nothing_else_names_a_provider() -> None:
    declared = a_delivery(source="The Wire", folder_defaults=FolderDefaults(source="The Wire"))

    assert article(None, a_delivery(), guid="4711").identity == "guid:wire:4711"
    assert article(None, declared, guid="4711").identity == "guid:The Wire:4711"
