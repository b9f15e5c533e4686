"""Mails whose text Outlook put into ``winmail.dat`` (TNEF); the attributes are written here by the specification."""

from __future__ import annotations

import random
from base64 import encodebytes
from datetime import UTC, datetime

import pytest

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.mail import compressed_rtf
from copytaster.parsing.mail.compressed_rtf import unpacked
from copytaster.parsing.mail.tnef import read_tnef
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.reading import ParsingReader

WORDS = ("The weir at the café was repaired.", "Boats pass again from Monday, the board said.")
TEXT = "\r\n\r\n".join(WORDS)
PAGE = "".join(f"<p>{line}</p>" for line in WORDS)
RTF = f"{{\\rtf1\\ansi\\ansicpg1252\\fromtext {WORDS[0]}\\par {WORDS[1]}\\par}}".replace("é", "\\'e9").encode()


def attribute(name: int, kind: int, value: bytes, level: int = 1) -> bytes:
    head = bytes([level]) + (kind << 16 | name).to_bytes(4, "little") + len(value).to_bytes(4, "little")
    return head + value + (sum(value) % 65536).to_bytes(2, "little")


def tnef(*attributes: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\x01\x00" + attribute(0x9006, 8, (0x10000).to_bytes(4, "little")) + b"".join(attributes)


def sized(value: bytes) -> bytes:
    return len(value).to_bytes(4, "little") + value + bytes(-len(value) % 4)


def head(name: int, kind: int) -> bytes:
    return kind.to_bytes(2, "little") + name.to_bytes(2, "little")


def variable(name: int, kind: int, *values: bytes) -> bytes:
    return head(name, kind) + len(values).to_bytes(4, "little") + b"".join(map(sized, values))


def properties(*written: bytes) -> bytes:
    # Properties of several types stand before those of the text, as Outlook writes them.
    guid = bytes(16)
    others = (
        head(0x0E07, 3) + bytes(4),
        head(0x0039, 64) + bytes(8),
        head(0x8001, 11) + guid + bytes(4) + (0x8503).to_bytes(4, "little") + bytes(4),
        head(0x8002, 0x101F) + guid + b"\1\0\0\0" + sized("Keys".encode("utf-16-le"))
        + (2).to_bytes(4, "little") + sized(b"a\0\0\0") + sized(b"b\0"),
        head(0x8003, 0x1003) + guid + bytes(8) + (3).to_bytes(4, "little") + bytes(12),
    )  # fmt: skip
    value = (len(others) + len(written)).to_bytes(4, "little") + b"".join((*others, *written))
    return attribute(0x9003, 6, value)


def packed(rtf: bytes) -> bytes:
    """Compress by references to the longest earlier match, as [MS-OXRTFCP] describes."""
    window, at, tokens = bytearray(compressed_rtf._FIRST_WORDS), 0, list[tuple[bool, bytes]]()
    while at < len(rtf):
        recent = window[-4095:]
        longest = next((size for size in range(min(17, len(rtf) - at), 1, -1) if rtf[at : at + size] in recent), 0)
        if longest:
            place = len(window) - len(recent) + recent.rindex(rtf[at : at + longest])
            tokens.append((True, (place % 4096 << 4 | longest - 2).to_bytes(2, "big")))
        else:
            tokens.append((False, rtf[at : at + 1]))
        window += rtf[at : at + (longest or 1)]
        at += longest or 1
    tokens.append((True, (len(window) % 4096 << 4).to_bytes(2, "big")))
    body = b""
    for run in (tokens[start : start + 8] for start in range(0, len(tokens), 8)):
        control = sum(is_reference << bit for bit, (is_reference, _) in enumerate(run))
        body += bytes([control]) + b"".join(token for _, token in run)
    sizes = (len(body) + 12).to_bytes(4, "little") + len(rtf).to_bytes(4, "little")
    return sizes + b"LZFu" + bytes(4) + body


def mail(content: bytes, kind: str = 'application/ms-tnef; name="winmail.dat"', text: str = "") -> bytes:
    return (
        "From: Ulla Holm <ulla@weir.example>\nSubject: Weir repaired\nMessage-ID: <9@weir.example>\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=q\n\n"
        f"--q\nContent-Type: text/plain\n\n{text}\n--q\nContent-Type: {kind}\n"
        f"Content-Transfer-Encoding: base64\n\n{encodebytes(content).decode()}\n--q--\n"
    ).encode()


def draft(content: bytes, *, attachments: bool = False) -> Draft:
    original = Original(content=content, name="story.eml", now=datetime(2026, 6, 1, tzinfo=UTC))
    [reading] = ParsingReader(default_parsers(mail_attachments=attachments)).read(original)
    assert isinstance(reading.item, Draft), reading.item
    return reading.item


CODE_PAGE = attribute(0x9007, 6, (1252).to_bytes(4, "little") + bytes(4))
UTF_8 = head(0x3FDE, 3) + (65001).to_bytes(4, "little")
STORED = bytes(4) + len(RTF).to_bytes(4, "little") + b"MELA" + bytes(4) + RTF
KINDS = (
    'application/ms-tnef; name="winmail.dat"',
    "application/vnd.ms-tnef",
    'application/octet-stream; name="WINMAIL.DAT"',
)
FORMS = {
    "body": (CODE_PAGE, attribute(0x800C, 2, TEXT.encode("cp1252") + b"\0")),
    "plain": (CODE_PAGE, properties(variable(0x1000, 0x1E, TEXT.encode("cp1252") + b"\0"))),
    "plain in UTF-16": (properties(variable(0x1000, 0x1F, (TEXT + "\0").encode("utf-16-le"))),),
    "html": (properties(UTF_8, variable(0x1013, 0x102, PAGE.encode())),),
    "rtf": (properties(variable(0x1009, 0x102, packed(RTF))),),
    "rtf, not packed": (properties(variable(0x1009, 0x102, STORED)),),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_text_in_winmail_dat_is_that_of_a_mail_without_words(form: str, kind: str) -> None:
    article = draft(mail(tnef(*FORMS[form]), kind))

    assert (article.title, article.text.split("\n\n")) == ("Weir repaired", list(WORDS))
    assert article.provenance["text"].from_.startswith("eml:winmail-")


@pytest.mark.parametrize("kind", KINDS)
def test_winmail_dat_itself_is_no_attachment(kind: str) -> None:
    assert draft(mail(tnef(*FORMS["rtf"]), kind), attachments=True).text.split("\n\n") == list(WORDS)
    assert draft(mail(b"other bytes", kind, "The weir is open."), attachments=True).text == "The weir is open."


def test_the_words_of_the_mail_itself_are_preferred() -> None:
    assert draft(mail(tnef(*FORMS["rtf"]), text="The weir is open.")).text == "The weir is open."


def test_plain_text_is_preferred_to_html_and_html_to_rtf() -> None:
    plain, page = variable(0x1000, 0x1E, b"One.\0"), variable(0x1013, 0x102, b"Two.")
    rtf = variable(0x1009, 0x102, packed(RTF))

    found = [read_tnef(tnef(properties(*written))) for written in ((rtf, page, plain), (rtf, page), (rtf,))]

    assert [text.kind for text in found if text] == ["plain", "html", "rtf"]


def test_properties_of_attachments_are_no_text() -> None:
    inside = attribute(0x9005, 6, (1).to_bytes(4, "little") + variable(0x1000, 0x1E, b"Not this.\0"), level=2)

    assert read_tnef(tnef(inside, *FORMS["body"])) is None


def test_a_stream_that_is_cut_off_or_damaged_never_fails_otherwise_than_by_a_refusal() -> None:
    whole, chance = tnef(*FORMS["plain"], *FORMS["rtf"], *FORMS["html"]), random.Random(4)

    reasons = set[Reason]()
    for _ in range(80):
        damaged = bytearray(whole[: chance.randrange(len(whole) + 1)])
        for _ in range(chance.randrange(4) if damaged else 0):
            damaged[chance.randrange(len(damaged))] = chance.choice([0, 1, 0x7F, 0xFF])
        try:
            draft(mail(bytes(damaged)))
        except RefusedError as error:
            reasons.add(error.reason)

    assert reasons == {Reason.NO_TEXT}


def test_any_packed_text_is_unpacked_to_itself() -> None:
    chance = random.Random(7)
    for size in (0, 1, 2, 17, 300, 9_000):
        text = bytes(chance.choice(b"ab \\{}\n") for _ in range(size))
        assert unpacked(packed(text)) == text


def test_the_dictionary_begins_with_the_207_bytes_of_the_specification() -> None:
    assert len(compressed_rtf._FIRST_WORDS) == 207
    # The example of [MS-OXRTFCP] 4.1.1: "{\rtf1\ansi\ansicpg1252\pard hello world}\r\n".
    example = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert unpacked(example) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_a_text_that_repeats_itself_is_unpacked_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed_rtf, "LARGEST", 5_000)
    bomb = packed(b"x" * 60_000)

    assert len(unpacked(bomb)) == 5_000
    assert len(unpacked(bomb[:4] + b"\xff" * 4 + bomb[8:])) == 5_000


@pytest.mark.parametrize(
    "junk", [b"", b"LZFu", bytes(40), bytes(8) + b"LZFu", bytes(4) + b"\xff" * 4 + b"LZFu" + b"\xff" * 90]
)
def test_other_bytes_unpack_to_little(junk: bytes) -> None:
    assert len(unpacked(junk)) <= 17 * 90
