from __future__ import annotations

import gzip
import json
from base64 import b64encode, encodebytes
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.message import EmailMessage
from pathlib import Path
from quopri import encodestring

import pytest

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.article import ArticleStatus
from copytaster.model.disposition import Reason
from copytaster.model.limits import Limits
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.mail.mhtml import MhtmlParser
from copytaster.parsing.original import Frame, Original
from copytaster.parsing.parser import BadItem, Draft
from copytaster.parsing.reading import ParsingReader, Reading

NOW = datetime(2026, 6, 1, tzinfo=UTC)

STORY = "The ferry came back on Monday after two weeks in dock.\n\nIt had lost a propeller, the harbour master said.\n"

HEADERS = b"""From: "Nora Quayle" <nora@example.org>
To: desk@example.org
Subject: Ferry returns to Skerry Bay
Date: Mon, 4 May 2026 08:15:00 +0200
Message-ID: <4711@example.org>
Content-Language: en-GB
Keywords: ferries, Skerry Bay
"""


def read(content: bytes, name: str = "story.eml", *, attachments: bool = False, **limits: int) -> list[Reading]:
    reader = ParsingReader(default_parsers(mail_attachments=attachments))
    return list(reader.read(Original(content=content, name=name, now=NOW, frame=Frame(limits=Limits(**limits)))))


def draft(content: bytes, name: str = "story.eml") -> Draft:
    [reading] = read(content, name)
    assert isinstance(reading.item, Draft)
    return reading.item


def plain(body: bytes, *, headers: bytes = HEADERS, more: bytes = b"") -> bytes:
    return headers + more + b"MIME-Version: 1.0\n\n" + body


def test_the_headers_fill_the_fields() -> None:
    article = draft(plain(STORY.encode()))

    assert article.title == "Ferry returns to Skerry Bay"
    assert article.text == STORY.strip()
    assert (article.byline, article.authors) == ("Nora Quayle", ("Nora Quayle",))
    assert article.published_at == datetime(2026, 5, 4, 6, 15, tzinfo=UTC)
    assert (article.guid, article.language, article.keywords) == ("4711@example.org", "en", ("ferries", "Skerry Bay"))
    assert article.provenance["guid"].from_ == "eml:Message-ID"


def test_every_field_that_is_set_has_its_provenance() -> None:
    article = draft(plain(STORY.encode()))

    expected = {"title", "text", "byline", "authors", "published_at", "guid", "language", "keywords"}

    assert expected <= article.provenance.keys()


@pytest.mark.parametrize("name", ["Harbour Press Office", "Stadtwerke Nord", "Polizei Dunmere", "Gemeente Dunmere"])
def test_an_organisation_is_the_source_and_not_an_author(name: str) -> None:
    article = draft(plain(STORY.encode(), headers=HEADERS.replace(b"Nora Quayle", name.encode())))

    assert (article.publisher, article.authors, article.byline) == (name, (), None)


def test_a_byline_in_the_text_takes_precedence_over_the_sender() -> None:
    article = draft(plain(b"By Ada Lindqvist\n\n" + STORY.encode()))

    assert article.byline == "By Ada Lindqvist"
    assert article.authors == ("Ada Lindqvist",)


@pytest.mark.parametrize("prefix", ["Re: ", "Fwd: ", "AW: WG: ", "Re[2]: ", "TR : "])
def test_reply_and_forward_prefixes_of_a_subject_are_cut(prefix: str) -> None:
    assert (
        draft(plain(STORY.encode(), headers=b"Subject: " + prefix.encode() + b"Ferry returns\n")).title
        == "Ferry returns"
    )


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?B?RsOkaHJl?= =?utf-8?Q?_kehrt_zur=C3=BCck?=",
        "=?iso-8859-1?q?F=E4hre_kehrt_?=\n =?iso-8859-1*de?q?zur=FCck?=",
        "=?utf-8?B?RsM=?= =?utf-8?B?pGhyZSBrZWhydCB6dXLDvGNr?=",
        "Fähre kehrt zurück",
    ],
)
def test_a_subject_is_read_in_every_encoding(subject: str) -> None:
    assert draft(plain(STORY.encode(), headers=f"Subject: {subject}\n".encode())).title == "Fähre kehrt zurück"


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?B?Q2Fmw6kgb3BlbnMgw?=",
        "=?utf-8?B?Q2Fmw6kgb3BlbnMg",
        "=?utf-8?B?Q2Fmw6kgb3BlbnMg?",
        "=?utf-8?B?Q2Fmw6kgb3BlbnMgw",
        "=?utf-8?Q?Caf=C3=A9_opens",
        "=?utf-8?B?Q2Fmw6kg?= =?utf-8?Q?opens",
    ],
)
def test_of_a_subject_that_is_cut_off_the_rest_is_read_with_less_confidence(subject: str) -> None:
    article = draft(plain(STORY.encode(), headers=f"Subject: {subject}\n".encode()))

    assert article.title == "Café opens"
    assert article.provenance["title"].confidence < 0.5


@pytest.mark.parametrize("subject", ["=?utf-8?B?Q2Fmw6k=IG9wZW5z?=", "=?utf-8?B?Q2Fm w6kg b3BlbnM=?=", "Café opens"])
def test_a_subject_whose_base64_is_padded_in_the_middle_or_has_spaces_is_whole(subject: str) -> None:
    article = draft(plain(STORY.encode(), headers=f"Subject: {subject}\n".encode()))

    assert (article.title, article.provenance["title"].confidence) == ("Café opens", 0.9)


def test_a_subject_about_encoded_words_is_text() -> None:
    article = draft(plain(STORY.encode(), headers=b"Subject: What =?utf-8?B? means to a reader\n"))

    assert (article.title, article.provenance["title"].confidence) == ("What =?utf-8?B? means to a reader", 0.9)


def test_a_subject_in_an_unknown_charset_is_read() -> None:
    assert draft(plain(STORY.encode(), headers=b"Subject: =?x-none?Q?Caf=C3=A9_opens?=\n")).title == "Café opens"


def test_without_a_subject_the_first_line_is_the_title() -> None:
    article = draft(plain(b"Ferry returns\n\n" + STORY.encode(), headers=b"Message-ID: <a@example.org>\n"))

    assert (article.title, article.text) == ("Ferry returns", STORY.strip())


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("quoted-printable", b"Der Kapit=E4n sagte am Montag, die F=E4hre werde=\n fahren."),
        ("base64", b64encode("Der Kapitän sagte am Montag, die Fähre werde fahren.".encode("latin-1"))),
        ("8bit", "Der Kapitän sagte am Montag, die Fähre werde fahren.".encode("latin-1")),
    ],
)
def test_a_body_is_decoded_from_its_transfer_encoding_and_charset(encoding: str, body: bytes) -> None:
    more = f"Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: {encoding}\n".encode()

    assert draft(plain(body, more=more)).text == "Der Kapitän sagte am Montag, die Fähre werde fahren."


def test_a_wrongly_declared_charset_of_a_body_is_corrected() -> None:
    more = b"Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 8bit\n"

    assert draft(plain("Die Fähre fährt über den Sund.".encode(), more=more)).text == "Die Fähre fährt über den Sund."


def test_damage_lowers_the_confidence_in_the_text() -> None:
    more = b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n"
    whole = b64encode(STORY.encode())

    sound, broken = draft(plain(whole, more=more)), draft(plain(whole[:-9] + b"*", more=more))

    assert broken.provenance["text"].confidence < sound.provenance["text"].confidence


BASE64 = b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n"


@pytest.mark.parametrize("missing", range(1, 10))
def test_a_base64_body_that_is_cut_off_anywhere_is_its_beginning(missing: int) -> None:
    whole = b64encode(STORY.encode()).rstrip(b"=")

    assert STORY.startswith(draft(plain(whole[:-missing], more=BASE64)).text)


@pytest.mark.parametrize(
    "footer", ["_______________\nskerry-news mailing list\nlist@example.org\n", "This list is run by the harbour.\n"]
)
def test_lines_that_a_mailing_list_appends_to_base64_are_text(footer: str) -> None:
    article = draft(plain(encodebytes(STORY.encode()) + footer.encode(), more=BASE64))

    assert article.text.startswith(STORY.strip())
    assert footer.splitlines()[-1] in article.text


def test_a_body_of_several_pieces_in_base64_is_read_to_its_end() -> None:
    first, second = STORY.split("\n\n")
    pieces = encodebytes(f"{first}\n\n".encode()) + encodebytes(second.encode())

    assert draft(plain(pieces, more=BASE64)).text == STORY.strip()


def test_a_text_that_is_only_declared_as_base64_is_text() -> None:
    assert draft(plain(STORY.encode(), more=BASE64)).text == STORY.strip()


@pytest.mark.parametrize("form", ["%s ", '"%s"', "%s;", "%s; charset=utf-8", "%s (as it was)"])
def test_a_transfer_encoding_is_the_first_word_of_its_header(form: str) -> None:
    for name, body in (("base64", encodebytes(STORY.encode())), ("Quoted-Printable", encodestring(STORY.encode()))):
        more = f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {form % name}\n".encode()

        assert draft(plain(body, more=more)).text == STORY.strip()


def alternatives(text: str, html: str) -> bytes:
    mail = EmailMessage()
    mail["Subject"], mail["Message-ID"] = "Ferry returns", "<1@example.org>"
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    return mail.as_bytes()


def test_the_plain_alternative_is_read() -> None:
    article = draft(alternatives(STORY, "<p>The ferry came back on Monday after two weeks in dock.</p>"))

    assert (article.text, article.provenance["text"].from_) == (STORY.strip(), "eml:plain")


def test_the_marked_up_alternative_is_read_if_the_plain_one_is_a_stub() -> None:
    page = "<style>p {}</style><p>The ferry came back on Monday</p><p>after <b>two long weeks</b> in dock, he said.</p>"

    article = draft(alternatives("See the HTML version.", page))

    assert article.text == "The ferry came back on Monday\n\nafter two long weeks in dock, he said."


def test_a_signature_is_cut() -> None:
    assert draft(plain(STORY.encode() + b"\n-- \nNora Quayle\nHarbour Road 4\n")).text == STORY.strip()


@pytest.mark.parametrize("below", ["Nora Quayle\nSkerry Bay Echo\n+44 1632 960001\n", "\nNora\n"])
def test_a_short_signature_below_a_separator_without_its_space_is_cut(below: str) -> None:
    assert draft(plain(f"{STORY}--\n{below}".encode())).text == STORY.strip()


@pytest.mark.parametrize(
    "below",
    [
        "The bridge over the harbour opened on Monday after four years of work, the mayor of Skerry Bay said.\n",
        "\n".join(f"{number}. The council agreed.\n" for number in range(1, 12)),
        "The bridge opened.\n\n--\nAnd a road was closed for good, to the regret of all who live at its other end.\n",
    ],
    ids=["paragraph", "many lines", "two separators"],
)
def test_the_pieces_of_a_newsletter_between_bare_separators_are_text(below: str) -> None:
    text = draft(plain(f"{STORY}--\n{below}".encode())).text

    assert text.startswith(STORY.strip())
    assert all(line in text for line in below.split("\n") if line != "--")


@pytest.mark.parametrize(
    ("printed", "at"),
    [
        ("Mon, 4 May 2026 08:15:00 +0200 (CEST)", datetime(2026, 5, 4, 6, 15, tzinfo=UTC)),
        ("Mo, 4 May 2026 08.15.00 +0200", datetime(2026, 5, 4, 6, 15, tzinfo=UTC)),
        ("Mon, 4 May 2026 08:15:00 EDT", datetime(2026, 5, 4, 12, 15, tzinfo=UTC)),
    ],
)
def test_a_date_with_one_zone_is_certain(printed: str, at: datetime) -> None:
    article = draft(plain(STORY.encode(), headers=HEADERS.replace(b"Mon, 4 May 2026 08:15:00 +0200", printed.encode())))

    assert (article.published_at, article.provenance["published_at"].confidence) == (at, 0.9)


@pytest.mark.parametrize("zone", ["GMT +0200", "EST +0100", "+2", "+0200 +0300"])
def test_a_date_with_two_zones_or_half_a_zone_is_not_certain(zone: str) -> None:
    article = draft(plain(STORY.encode(), headers=HEADERS.replace(b"+0200", zone.encode())))

    assert article.published_at is not None
    assert article.published_at.date() == datetime(2026, 5, 4, tzinfo=UTC).date()
    assert article.provenance["published_at"].confidence < 0.5  # more likely wrong than right


def with_attachments() -> bytes:
    mail = EmailMessage()
    mail["Subject"], mail["Message-ID"] = "Two stories", "<2@example.org>"
    mail.set_content(STORY)
    mail.add_attachment("Wall holds\n\nThe wall held through the night.\n", filename="Große Mauer.txt")
    mail.add_attachment(b"\x89PNG\r\n\x1a\n", maintype="image", subtype="png", filename="ferry.png")
    inner = EmailMessage()
    inner["Subject"], inner["Message-ID"] = "Tide tables", "<3@example.org>"
    inner.set_content("The tide is high at noon on Tuesday.\n")
    mail.add_attachment(inner)
    return mail.as_bytes()


def test_attachments_are_left_out_by_default() -> None:
    assert [each.item.title for each in read(with_attachments()) if isinstance(each.item, Draft)] == ["Two stories"]


def test_enabled_attachments_are_separate_items() -> None:
    readings = read(with_attachments(), attachments=True)

    found = [(each.locator, each.item.title) for each in readings if isinstance(each.item, Draft)]
    assert found == [("", "Two stories"), ("Große Mauer.txt", "Wall holds"), ("part 2.eml", "Tide tables")]


@pytest.mark.parametrize("part", [Header("Größe.txt", "utf-8").encode(), "Größe.txt"])
def test_a_file_name_is_read_in_every_encoding(part: str) -> None:
    mail = (
        b"Message-ID: <1@x.org>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        + f'--b\nContent-Type: text/plain; name="{part}"\nContent-Disposition: attachment\n\n{STORY}\n--b--\n'.encode()
    )

    assert [each.locator for each in read(mail, attachments=True)] == ["Größe.txt"]


DIGEST = """From: list@quay.example
Subject: Quay Digest
Message-ID: <1@quay.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=B

--B
Content-Type: text/plain

Topics of today: the ferry, and the bank.

--B
Content-Type: multipart/digest; boundary=D

--D
Content-Type: message/rfc822

From: Ida Lee <ida@quay.example>
Subject: Ferry sinks
Message-ID: <2@quay.example>

The ferry sank in the harbour.

--D

From: Ann Field <ann@quay.example>
Subject: Bank fails
Message-ID: <3@quay.example>

The bank has failed again.

--D--
--B
Content-Type: message/rfc822

From: Ann Field <ann@quay.example>
Subject: Attached

A mail that is only attached.

--B--
"""


def test_the_mails_of_a_digest_are_items_beside_its_text() -> None:
    found = [each.item for each in read(DIGEST.encode()) if isinstance(each.item, Draft)]

    assert [(each.title, each.guid) for each in found] == [
        ("Quay Digest", "1@quay.example"),
        ("Ferry sinks", "2@quay.example"),
        ("Bank fails", "3@quay.example"),
    ]
    assert len(read(DIGEST.encode(), attachments=True)) == 4


EMBARGO = "EMBARGOED UNTIL 10 JUNE 2026 06:00 BST"
END = datetime(2026, 6, 10, 5, tzinfo=UTC)


def release(subject: str, body: str, attached: str = STORY, *, packed: bool = False) -> list[Draft]:
    mail = EmailMessage()
    mail["Subject"], mail["Message-ID"] = subject, "<1@example.org>"
    if body:
        mail.set_content(body)
    content = gzip.compress(attached.encode()) if packed else attached.encode()
    name = "wall.txt.gz" if packed else "wall.txt"
    mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return [each.item for each in read(mail.as_bytes(), attachments=True) if isinstance(each.item, Draft)]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Ferry returns", f"{EMBARGO}\n\nThe text is attached.\n"),
        (f"{EMBARGO}: Ferry returns", "The text is attached.\n"),
        (f"{EMBARGO}: Ferry returns", ""),
    ],
)
def test_the_embargo_of_a_mail_holds_for_what_is_attached(subject: str, body: str, *, packed: bool) -> None:
    found = release(subject, body, packed=packed)

    assert [each.embargoed_until for each in found] == [END] * (2 if body else 1)
    assert found[-1].provenance["embargoed_until"].from_ == "container:embargo"


def test_an_embargo_without_an_end_withholds_what_is_attached() -> None:
    found = release("Ferry returns", "EMBARGOED\n\nThe text is attached.\n", attached=f"{EMBARGO}\n\n{STORY}")

    assert [(each.status, each.embargoed_until) for each in found] == [(ArticleStatus.WITHHELD, None)] * 2


@pytest.mark.parametrize(("terms", "until"), [("EMBARGOED", None), (EMBARGO, END)])
def test_what_is_attached_and_withheld_until_a_time_is_withheld_as_long_as_its_mail(
    terms: str, until: datetime | None
) -> None:
    item = {"uri": "urn:x:1", "pubstatus": "withheld", "embargoed": "2026-06-09T05:00:00Z"}
    item |= {"versioncreated": "2026-05-09T05:00:00Z", "headline": "Wall", "body_text": "It holds."}

    found = release("Ferry returns", f"{terms}\n\nThe text is attached.\n", attached=json.dumps(item))

    assert (found[1].status, found[1].embargoed_until) == (ArticleStatus.WITHHELD, until)


def test_of_the_embargoes_of_a_mail_and_of_what_is_attached_the_later_one_counts() -> None:
    later, earlier = EMBARGO.replace("10 JUNE", "12 JUNE"), EMBARGO.replace("10 JUNE", "8 JUNE")

    for own, day in ((later, 12), (earlier, 10)):
        found = release("Ferry returns", f"{EMBARGO}\n\nThe text is attached.\n", attached=f"{own}\n\n{STORY}")
        assert found[1].embargoed_until == END.replace(day=day)


def test_a_mail_that_withdraws_a_story_withholds_what_is_attached() -> None:
    """It may be the withdrawn story, or the one in its place: a person decides."""
    found = release("KILL: Ferry returns", "Please do not use the story that is attached.\n")

    assert [each.status for each in found] == [ArticleStatus.CANCELED, ArticleStatus.WITHHELD]


def test_a_mail_without_terms_says_nothing_about_what_is_attached() -> None:
    found = release("Ferry returns", "The text is attached.\n")

    assert [(each.status, each.embargoed_until) for each in found] == [(ArticleStatus.USABLE, None)] * 2


def test_a_mail_with_attachments_only_is_refused_naming_the_setting() -> None:
    mail = EmailMessage()
    mail["Message-ID"] = "<1@x.org>"
    mail.add_attachment("Text", filename="story.txt")

    with pytest.raises(RefusedError, match="COPYTASTER_MAIL_ATTACHMENTS") as caught:
        read(mail.as_bytes())

    assert caught.value.reason is Reason.NO_TEXT


def test_a_mail_forwarded_without_text_is_read_as_the_mail_inside() -> None:
    content = b"Message-ID: <o@x.org>\nContent-Type: message/rfc822\n\n" + plain(STORY.encode())

    assert [each.item.title for each in read(content) if isinstance(each.item, Draft)] == [
        "Ferry returns to Skerry Bay"
    ]


def test_too_deeply_nested_parts_are_refused() -> None:
    levels = "".join(f"Content-Type: multipart/mixed; boundary=b{at}\n\n--b{at}\n" for at in range(900))
    content = b"Message-ID: <1@x.org>\nMIME-Version: 1.0\n" + levels.encode() + b"\nText\n"

    with pytest.raises(PermanentError) as caught:
        read(content)

    assert caught.value.reason in {Reason.TOO_DEEP, Reason.NO_TEXT}


@pytest.mark.parametrize("text", ["From: Nora Quayle\nSubject to approval\n\n", "From the start it rained.\n\n"])
def test_a_text_that_begins_like_a_mail_stays_text(text: str) -> None:
    assert draft((text + STORY).encode(), "story.txt").format == "text"


MBOX = (
    b"From nora@example.org Mon May  4 08:15:00 2026\n"
    + plain(b"Tide is low.\n\n>From the pier one sees it.\n\nFrom here on it rained at 10:15 they said.\n")
    + b"\nFrom MAILER-DAEMON Tue May  5 09:00:00 +0000 2026\n"
    + plain(b"Tide is high, and the wall holds.\n", headers=HEADERS.replace(b"Ferry", b"Tide"))
)


def test_each_mail_of_a_mailbox_is_an_item() -> None:
    readings = read(MBOX, "box.mbox")

    assert [(each.locator, each.item.title) for each in readings if isinstance(each.item, Draft)] == [
        ("mail 1", "Ferry returns to Skerry Bay"),
        ("mail 2", "Tide returns to Skerry Bay"),
    ]


def test_a_quoted_from_line_starts_no_mail_and_is_unquoted() -> None:
    first = read(MBOX, "box.mbox")[0].item

    assert isinstance(first, Draft)
    assert first.text == "Tide is low.\n\nFrom the pier one sees it.\n\nFrom here on it rained at 10:15 they said."


def test_a_compressed_mailbox_is_read() -> None:
    assert [each.locator for each in read(gzip.compress(MBOX), "box.mbox.gz")] == [
        "box.mbox / mail 1",
        "box.mbox / mail 2",
    ]


def test_a_mail_of_a_mailbox_that_is_too_large_does_not_spoil_the_others() -> None:
    large = b"From a@b.c Mon May  4 08:15:00 2026\n" + plain(b"Rain. " * 500) + b"\n\n"

    readings = read(large + MBOX, "box.mbox", file_bytes=2_000)

    assert [each.item.reason for each in readings if isinstance(each.item, BadItem)] == [Reason.TOO_LARGE]
    assert sum(isinstance(each.item, Draft) for each in readings) == 2


PAGE = """<html><head><meta charset="utf-8"><title>Ferry returns</title></head><body><h1>Ferry returns</h1>
<p>The ferry came back on Monday after two weeks in dock, and the island had its mail again.</p>
<p>It had lost a propeller on a rock that no map shows, the harbour master said on the quay.</p></body></html>"""


def saved_page() -> bytes:
    body = PAGE.replace("=", "=3D")
    return f"""From: <Saved by Blink>
Snapshot-Content-Location: https://news.example.org/ferry
Subject: Ferry returns
Date: Mon, 4 May 2026 08:15:00 +0000
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="----b"

------b
Content-Type: text/html
Content-Transfer-Encoding: quoted-printable
Content-Location: https://news.example.org/ferry

{body}
------b
Content-Type: text/css
Content-Location: cid:style

p {{ color: red }}
------b--
""".replace("\n", "\r\n").encode()


def test_a_saved_page_is_read_as_the_page_at_its_address() -> None:
    article = draft(saved_page(), "ferry.mhtml")

    assert (article.format, article.title) == ("html", "Ferry returns")
    assert article.url == "https://news.example.org/ferry"


@pytest.mark.parametrize(
    ("zone", "hours", "is_read"),
    [(b"+0000", 1, True), (b"+0000", -1, False), (b"", 24, False), (b"-0000", 24, False), (b"IST", 24, False)],
)
def test_the_time_at_which_a_page_was_saved_is_read_with_its_zone(zone: bytes, *, hours: int, is_read: bool) -> None:
    saved = datetime(2026, 5, 4, 8, 15, tzinfo=UTC)
    content = saved_page().replace(b"+0000", zone)
    original = Original(content=content, name="ferry.mhtml", now=saved + timedelta(hours=hours))
    [member] = MhtmlParser().parse(original)

    assert member.open().hints.captured_at == (saved if is_read else None)


def test_a_saved_page_without_the_page_is_refused() -> None:
    with pytest.raises(RefusedError) as caught:
        read(saved_page().replace(b"text/html", b"text/none"), "ferry.mhtml")

    assert caught.value.reason is Reason.NO_TEXT


def test_every_mail_of_the_corpus_is_read_or_refused(shared: Path) -> None:
    for file in sorted((shared / "corpora" / "formats" / "eml").iterdir()):
        try:
            readings = read(file.read_bytes(), file.name, attachments=True)
        except RefusedError:
            continue
        assert readings


def test_the_charset_in_the_container_applies_to_a_page_without_one() -> None:
    page = PAGE.replace('<meta charset="utf-8">', "").replace("mail again", "Käse (fünf Öre)").encode("latin-1")
    saved = saved_page().replace(b"Content-Type: text/html\r\n", b"Content-Type: text/html; charset=iso-8859-2\r\n")
    start, end = saved.index(b"<html>"), saved.index(b"</html>") + len(b"</html>")
    content = saved[:start] + page + saved[end:]
    content = content.replace(b"quoted-printable", b"8bit")

    article = draft(content, "ferry.mhtml")

    assert (article.charset, article.provenance["charset"].from_) == ("iso8859-2", "declared")
