"""RBNews of Ritzau and the press releases of Nordic agencies."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.errors import RefusedError
from copytaster.model.article import ArticleStatus, Image, Signal, Subject
from tests.unit.copytaster.parsing.wire.xml_readings import draft, drafts

CONTENT = "&lt;p&gt;Broen &#229;bner i dag.&lt;/p&gt;&lt;p&gt;Den er 300 meter lang.&lt;/p&gt;"


def rbnews(more: str = "", headline: str = "<headline>Ny bro</headline>", content: str = CONTENT) -> str:
    return (
        "<RBNews xmlns='' xmlns:i='http://www.w3.org/2001/XMLSchema-instance'><NewsID>4f-1</NewsID>"
        f"<PublishDate>2026-05-04T10:00:00.5</PublishDate><strapline>INDLAND/BRO</strapline>{headline}"
        "<subtitle>Tre år forsinket</subtitle><town>Vejle</town><origin>/ritzau/</origin><section>Indland</section>"
        f"<version>2</version><content>{content}</content><Priority>3</Priority>"
        "<IPTCList xmlns:a='urn:a'><a:int>4015000</a:int></IPTCList><byLine>Mette Krogh</byLine>"
        f"{more}</RBNews>"
    )


def test_rbnews_is_read() -> None:
    found = draft(rbnews())

    assert (found.format, found.title, found.summary) == ("rbnews", "Ny bro", "Tre år forsinket")
    assert found.text == "Broen åbner i dag.\n\nDen er 300 meter lang."
    assert (found.guid, found.guid_version, found.urgency, found.language) == ("4f-1", 2, 3, "da")
    assert (found.byline, found.authors, found.dateline, found.publisher) == (
        "Mette Krogh", ("Mette Krogh",), "Vejle", "ritzau",
    )  # fmt: skip
    assert (found.slugline, found.keywords) == ("INDLAND/BRO", ("INDLAND", "BRO"))
    assert Subject(code="subj:04015000", name=None) in found.subjects


def test_times_of_rbnews_are_those_of_copenhagen() -> None:
    assert draft(rbnews()).published_at == datetime(2026, 5, 4, 8, 0, 0, 500_000, tzinfo=UTC)


def test_rbnews_without_a_headline_has_the_first_sentence_as_title() -> None:
    assert draft(rbnews(headline="<headline i:nil='true'/>")).title == "Broen åbner i dag."


@pytest.mark.parametrize(
    ("flag", "status", "signal"),
    [
        ("Annuleret", ArticleStatus.CANCELED, Signal.KILL),
        ("Korrektion", ArticleStatus.USABLE, Signal.CORRECTION),
        ("NyVersion", ArticleStatus.USABLE, Signal.UPDATE),
    ],
)
def test_flags_of_rbnews_are_status_and_signal(flag: str, status: ArticleStatus, signal: Signal) -> None:
    for true in ("true", "1", "True"):
        found = draft(rbnews(f"<{flag}>{true}</{flag}>"))

        assert (found.status, found.signal) == (status, signal)
    assert draft(rbnews(f"<{flag}>false</{flag}>")).signal is None


@pytest.mark.parametrize(
    ("stated", "until", "status"),
    [
        ("2026-05-05T06:00:00", datetime(2026, 5, 5, 4, tzinfo=UTC), ArticleStatus.USABLE),
        ("2026-05-05 kl. 18", None, ArticleStatus.WITHHELD),
        ("i morgen", None, ArticleStatus.WITHHELD),
        ("", None, ArticleStatus.USABLE),
    ],
)
def test_an_embargo_of_rbnews_withholds(stated: str, until: datetime | None, status: ArticleStatus) -> None:
    found = draft(rbnews(f"<EmbargoDate>{stated}</EmbargoDate>"))

    assert (found.embargoed_until, found.status) == (until, status)


def test_a_kill_without_text_is_an_item() -> None:
    found = draft("<RBNews><NewsID>9</NewsID><Annuleret>true</Annuleret></RBNews>")

    assert (found.guid, found.text, found.status) == ("9", "9", ArticleStatus.CANCELED)


def test_the_message_to_the_desk_is_the_note() -> None:
    note = "<TilRedaktionen>&lt;p&gt;Billede f&#248;lger.&lt;/p&gt;</TilRedaktionen>"

    assert draft(rbnews(note)).note == "Billede følger."


@pytest.mark.parametrize(
    ("stated", "until"), [("2026-10-25T02:30:00", 14), ("2026-10-25T03:30:00", 2), ("2026-03-29T02:30:00", 14)]
)
def test_an_hour_that_passes_twice_or_not_at_all_has_no_zone(stated: str, until: int) -> None:
    found = draft(rbnews(f"<EmbargoDate>{stated}</EmbargoDate>"))

    assert found.embargoed_until is not None
    assert (found.embargoed_until.hour, found.embargoed_until.minute) == (until, 30)
    assert (found.provenance["embargoed_until"].confidence < 0.5) == (until == 14)


def test_several_items_of_rbnews_are_read() -> None:
    empty = "<RBNews><NewsID>9</NewsID></RBNews>"

    assert len(drafts(f"<ArrayOfRBNews>{rbnews()}{empty}{rbnews()}</ArrayOfRBNews>")) == 2


def release(embargo: str = "", host: str = "www.info.example.no", body: str = "") -> str:
    text = body or "&lt;p&gt;&amp;ndash; V&amp;aring;ren er her.&lt;/p&gt; &lt;p&gt;Fuglene synger.&lt;/p&gt;"
    return (
        f"<release id='17' lang='no'><longurl>https://{host}/melding?releaseId=17</longurl><body>{text}</body>"
        f"<boilerplate>Om oss</boilerplate><embargo>{embargo}</embargo><keywords>vår, fugler</keywords>"
        "<leadtext>Fuglene kom tidlig i år.</leadtext><publicationDate>28.04.2026 11:15</publicationDate>"
        "<title>Våren er kommet</title><images><image><url>https://x.example/1.jpg</url><caption>En fugl</caption>"
        "<smallimageurl>https://x.example/s.jpg</smallimageurl></image></images>"
        "<publisher id='4'><name>Fugleforeningen</name><description>Stiftet 1900</description></publisher></release>"
    )


def test_a_press_release_is_read() -> None:
    found = draft(release())

    assert (found.format, found.title, found.summary) == (
        "press-release",
        "Våren er kommet",
        "Fuglene kom tidlig i år.",
    )
    assert found.text == "Fuglene kom tidlig i år.\n\n\u2013 Våren er her.\n\nFuglene synger."
    assert (found.guid, found.language, found.publisher) == ("17", "no", "Fugleforeningen")
    assert found.url == "https://www.info.example.no/melding?releaseId=17"
    assert found.keywords == ("vår", "fugler")
    assert found.images == (Image(url="https://x.example/1.jpg", caption="En fugl"),)


@pytest.mark.parametrize(("host", "hour"), [("a.example.no", 9), ("a.example.fi", 8), ("a.example.org", 11)])
def test_times_of_a_release_are_those_of_the_addresss_country(host: str, hour: int) -> None:
    found = draft(release(host=host))

    assert found.published_at == datetime(2026, 4, 28, hour, 15, tzinfo=UTC)
    assert (found.provenance["published_at"].confidence > 0.5) == (hour != 11)


@pytest.mark.parametrize(
    ("stated", "until", "status"),
    [
        ("29.04.2026 06:00", datetime(2026, 4, 29, 4, tzinfo=UTC), ArticleStatus.USABLE),
        ("neste uke", None, ArticleStatus.WITHHELD),
    ],
)
def test_an_embargo_of_a_release_withholds(stated: str, until: datetime | None, status: ArticleStatus) -> None:
    found = draft(release(stated))

    assert (found.embargoed_until, found.status) == (until, status)


def test_an_embargo_without_a_known_country_ends_at_the_latest_time_it_may_mean() -> None:
    found = draft(release("29.04.2026 06:00", host="a.example.org"))

    assert found.embargoed_until == datetime(2026, 4, 29, 18, tzinfo=UTC)


def test_another_document_with_the_same_root_is_no_press_release() -> None:
    with pytest.raises(RefusedError):
        draft("<release><version>1.2</version><notes>Bugs</notes></release>")
