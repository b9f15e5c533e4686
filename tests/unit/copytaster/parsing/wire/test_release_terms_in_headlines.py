"""Release terms in headlines and notes to editors of wire formats, as senders without a field for them write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.model.article import ArticleStatus
from tests.unit.copytaster.parsing.wire.xml_readings import draft

EMBARGO = "EMBARGOED UNTIL 07:30 GMT, 4 DECEMBER 2026"
END = datetime(2026, 12, 4, 7, 30, tzinfo=UTC)
TEXT = "The mayor opened it."


def newsml_g2(headline: str, management: str = "") -> str:
    return (
        '<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:x:1" version="1">'
        f"<itemMeta>{management}</itemMeta><contentMeta><headline>{headline}</headline></contentMeta>"
        f"<contentSet><inlineXML><html><body><p>{TEXT}</p></body></html></inlineXML></contentSet></newsItem>"
    )


def nitf(headline: str) -> str:
    return (
        f"<nitf><body><body.head><hedline><hl1>{headline}</hl1></hedline></body.head>"
        f"<body.content><p>{TEXT}</p></body.content></body></nitf>"
    )


def newsml_1(headline: str, note: str = "Photos follow") -> str:
    content = "<ContentItem><DataContent>{}</DataContent></ContentItem>"
    return (
        f"<NewsML><NewsItem><NewsComponent><NewsLines><HeadLine>{headline}</HeadLine></NewsLines>"
        f'<NewsComponent><Role FormalName="Note"/>{content.format(note)}</NewsComponent>'
        f'<NewsComponent><Role FormalName="Main"/>{content.format(TEXT)}</NewsComponent>'
        "</NewsComponent></NewsItem></NewsML>"
    )


def ritzau(headline: str) -> str:
    return f"<RBNews><NewsID>5</NewsID><headline>{headline}</headline><content>{TEXT}</content></RBNews>"


@pytest.mark.parametrize("document", [newsml_g2, nitf, newsml_1, ritzau])
def test_an_embargo_in_a_headline_is_obeyed_and_no_part_of_the_title(document: object) -> None:
    assert callable(document)

    found = draft(document(f"{EMBARGO}: Bridge opens"))

    assert (found.embargoed_until, found.title, found.text) == (END, "Bridge opens", TEXT)


def test_a_label_in_the_headline_repeats_the_embargo_of_the_field() -> None:
    found = draft(newsml_g2("EMBARGO: Bridge opens", "<embargoed>2026-12-04T07:30:00Z</embargoed>"))

    assert (found.status, found.embargoed_until, found.title) == (ArticleStatus.USABLE, END, "Bridge opens")


def test_a_label_in_the_headline_without_any_time_withholds() -> None:
    assert draft(newsml_g2("EMBARGO: Bridge opens")).status is ArticleStatus.WITHHELD


@pytest.mark.parametrize("note", [EMBARGO, f"{EMBARGO}. Photos follow.", f"Adds quotes. {EMBARGO}; photos follow."])
@pytest.mark.parametrize("is_newsml_1", [True, False])
def test_an_embargo_among_the_sentences_of_a_note_is_obeyed(note: str, *, is_newsml_1: bool) -> None:
    g2 = newsml_g2("Bridge opens", f"<edNote>{note}</edNote>")

    found = draft(newsml_1("Bridge opens", note) if is_newsml_1 else g2)

    assert (found.embargoed_until, found.title) == (END, "Bridge opens")
