from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import re
import time
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster_watcher.readiness.completeness.content import EDGE, Budget, Content
from copytaster_watcher.readiness.completeness.json_structure import JsonStructure, NotJsonError
from copytaster_watcher.readiness.completeness.judge import judge
from copytaster_watcher.readiness.completeness.verdict import TOO_LONG, Ending, Verdict

LIMIT = 4_000_000

STORY = "The ferry “Morwenna” left Skerry Quay at 6 a.m. with 40 passengers — and came back with 41."

RECORD = {"headline": STORY, "words": 17, "ratio": -2.5e-10, "flags": [True, False, None, {}], "note": 'a "b" \\ \n'}

NITF = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nitf SYSTEM "nitf.dtd">
<!-- sent by hand -->
<nitf><body.head kind="“lead”"><hl1>{STORY}</hl1></body.head><body>&amp;&nbsp;<![CDATA[<raw>]]></body></nitf>
"""

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\nxref\n0 1\ntrailer\n<< >>\nstartxref\n9\n%%EOF\n"

RTF = rb"{\rtf1\ansi{\fonttbl{\f0 Times;}}\f0 The ferry \{Morwenna\} left \\ and came back.\par}"

MAIL = b"""From: Desk <desk@example.org>
MIME-Version: 1.0
Content-Type: multipart/alternative;
 boundary="=_part 7"

--=_part 7
Content-Type: text/plain

The ferry came back.
--=_part 7--
"""

WIRE = b"\x16\x16\x01abc0123 3 pol 120 xyz\r\n\x02FERRY RETURNS\r\n\r\nThe ferry came back.\r\n\x03\r\n\x04"


def verdict(content: bytes, name: str = "wire/story", *, limit: int = LIMIT) -> Verdict:
    return judge(Content(io.BytesIO(content), name, len(content), limit=limit))


def ending(content: bytes | str, name: str = "wire/story") -> Ending:
    return verdict(content.encode() if isinstance(content, str) else content, name).ending


def a_zip(method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("story.xml", NITF)
        archive.writestr("empty.txt", "")
    return file.getvalue()


WHOLE = {
    "xml": NITF.encode(),
    "xml-utf-16": NITF.strip().replace("UTF-8", "UTF-16").encode("utf-16"),
    "xml-latin-1": '<?xml version="1.0" encoding="ISO-8859-1"?>\n<item><t>Café</t></item>'.encode("latin-1"),
    "json": json.dumps(RECORD).encode(),
    "json-utf-8": json.dumps(RECORD, ensure_ascii=False, indent=2).encode(),
    "json-list": json.dumps([RECORD, RECORD]).encode(),
    "json-utf-16": json.dumps(RECORD, ensure_ascii=False).encode("utf-16"),
    "gzip": gzip.compress(STORY.encode() * 9),
    "bzip2": bz2.compress(STORY.encode() * 9),
    "xz": lzma.compress(STORY.encode() * 9),
    "zip": a_zip(),
    "pdf": PDF,
    "rtf": RTF,
    "iptc-7901": WIRE,
}

FIRST_BYTES = 8
"""Shorter pieces do not even have the signature of a format."""


@pytest.mark.parametrize("content", WHOLE.values(), ids=WHOLE.keys())
def test_a_complete_file_is_proven_to_be_complete(content: bytes) -> None:
    assert verdict(content) == Verdict(Ending.PROVEN)


@pytest.mark.parametrize("content", WHOLE.values(), ids=WHOLE.keys())
def test_a_file_cut_at_any_place_is_not_called_complete(content: bytes) -> None:
    essence = len(content)
    while verdict(content[: essence - 1]).ending is Ending.PROVEN:  # a line's end or the like at the end is no loss
        essence -= 1

    endings = [ending(content[:cut]) for cut in range(FIRST_BYTES, essence)]

    assert len(content) - essence <= 4
    assert Ending.PROVEN not in endings
    assert endings.count(Ending.EARLY) >= 0.95 * len(endings)


@pytest.mark.parametrize("content", WHOLE.values(), ids=WHOLE.keys())
def test_the_verdict_names_what_is_missing(content: bytes) -> None:
    missing = verdict(content[: len(content) // 2]).missing

    assert missing
    assert missing.isprintable()


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_a_mail_in_parts_ends_with_its_boundary(ending: bytes) -> None:
    mail = MAIL.replace(b"\n", ending)

    endings = [verdict(mail[:cut]).ending for cut in range(mail.index(ending * 2) + 2 * len(ending), len(mail) - 3)]

    assert verdict(mail) == Verdict(Ending.PROVEN)
    assert set(endings) == {Ending.UNSURE}


def test_a_mail_of_one_part_ends_like_text() -> None:
    mail = b"From: desk@example.org\nMessage-ID: <a@example.org>\n\nThe ferry came back.\n"

    assert ending(mail) is Ending.LIKELY


def test_binary_data_in_an_rtf_document_makes_the_verdict_unsure() -> None:
    assert ending(rb"{\rtf1{\pict\bin3 {{{}\par Text}") is Ending.UNSURE


JSON_LINES = "".join(json.dumps(RECORD) + "\n" for _ in range(3))


def test_json_lines_are_likely_complete_at_the_end_of_a_line_and_cut_anywhere_else() -> None:
    endings = [ending(JSON_LINES[:cut]) for cut in range(1, len(JSON_LINES) + 1)]

    assert endings[-1] is Ending.LIKELY
    assert sum(each >= Ending.LIKELY for each in endings) <= 2 * JSON_LINES.count("\n")


WRONG = {
    "xml, a tag that does not match": "<?xml version='1.0'?>\n<a><b>text</c></a>\n",
    "xml, a bare ampersand": "<rss version='2.0'><title>Law & order</title></rss>\n<!-- end -->\n",
    "xml, in another charset than it says": b"<?xml version='1.0' encoding='UTF-8'?>\n<a>caf\xe9 au lait</a>\n",
    "xml, with entities of its own": "<!DOCTYPE a [<!ENTITY b 'c'>]>\n<a>&b;</a>\n",
    "xml, in a charset that expat does not read": b"<?xml version='1.0' encoding='Shift_JIS'?>\n<a>\x93\xfa</a>\n",
}


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG.keys())
def test_invalid_xml_that_ends_with_its_root_is_left_to_the_parser(content: bytes | str) -> None:
    assert ending(content) is Ending.PROVEN


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG.keys())
def test_invalid_xml_without_the_end_of_its_root_gets_more_time(content: bytes | str) -> None:
    raw = content.encode() if isinstance(content, str) else content

    assert ending(raw[: raw.rindex(b"</")]) is Ending.UNSURE


@pytest.mark.parametrize("content", ['{"a": oops}\n', '{"a": 1,}\n', "[1, 2}\n", '{"a": "he said "hi" to me"}\n'])
def test_json_with_an_error_before_its_end_is_not_incomplete(content: str) -> None:
    assert ending(content, "story.json") is Ending.LIKELY


@pytest.mark.parametrize("name", ["gzip", "bzip2", "xz"])
def test_a_damaged_stream_is_not_incomplete(name: str) -> None:
    content = bytearray(WHOLE[name])
    content[len(content) // 2] ^= 0xFF

    assert ending(bytes(content)) is not Ending.PROVEN


def test_a_wrong_checksum_at_the_end_of_a_stream_is_damage() -> None:
    content = WHOLE["gzip"]

    assert ending(content[:-8] + bytes(4) + content[-4:]) is Ending.UNSURE


def test_a_stream_may_have_several_members() -> None:
    one, other = WHOLE["gzip"], gzip.compress(b"more")

    assert ending(one + other) is Ending.PROVEN
    assert ending(one + other[:-3]) is Ending.EARLY
    assert ending(one + bytes(100)) is Ending.PROVEN


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_stream_that_unpacks_to_more_than_the_limit_is_not_unpacked_to_its_end(
    pack: Callable[[bytes], bytes],
) -> None:
    assert verdict(pack(bytes(3_000_000)), limit=2_000_000).ending is Ending.UNSURE
    assert verdict(pack(bytes(3_000_000)), limit=3_000_000).ending is Ending.PROVEN


def test_a_zip_with_a_hole_in_it_gets_more_time() -> None:
    content = a_zip()
    hole = content[:60] + bytes(40) + content[100:]

    assert ending(hole) is Ending.UNSURE
    assert "story.xml" in (verdict(hole).missing or "")


def test_the_declared_length_of_a_linearised_pdf_outweighs_an_end_mark() -> None:
    linear = b"%PDF-1.5\n1 0 obj\n<< /Linearized 1 /L 400 /H [ 1 2 ] >>\nendobj\n%%EOF\n"

    assert ending(linear) is Ending.EARLY
    assert ending(linear + b" " * (400 - len(linear) - 6) + b"%%EOF\n") is Ending.PROVEN


def test_the_last_of_several_wire_messages_must_have_its_end() -> None:
    assert ending(WIRE + WIRE) is Ending.PROVEN
    assert ending(WIRE + WIRE[:40]) is Ending.EARLY


PAGE = f"<!doctype html>\n<html><head><title>Ferry</title></head>\n<body><p>{STORY}</p></body></HTML >\n<!-- cached -->"


def test_a_page_without_its_end_tag_is_not_certainly_cut() -> None:
    assert ending(PAGE) is Ending.PROVEN
    assert {ending(PAGE[:cut]) for cut in range(1, PAGE.index("</HTML"))} == {Ending.UNSURE}


@pytest.mark.parametrize(
    "content", ["<p>One paragraph.</p>\n", "<div><p>Left open.\n", "<?xml version='1.0'?><html><p>"]
)
def test_a_fragment_of_a_page_is_never_certainly_cut(content: str) -> None:
    assert ending(content) is Ending.UNSURE


@pytest.mark.parametrize("content", ["<headline> Ferry returns at last", "<<< Ferry returns", "[Editor's note] Ferry"])
def test_text_that_begins_like_another_format_is_not_certainly_cut(content: str) -> None:
    assert ending(content) is Ending.UNSURE


@pytest.mark.parametrize(
    "content", ["The end.", "The end\n", "“The end.”", "Is it? (No!)", "終わり。", "Ende …\t", "النهاية؟", "end.\r\n  "]
)
def test_text_that_ends_a_line_or_sentence_is_likely_complete(content: str) -> None:
    assert ending(content) is Ending.LIKELY
    assert ending(content.encode("utf-16")) is Ending.LIKELY


@pytest.mark.parametrize("content", ["The en", "The end,", "x", "Café", "The end of the"])
def test_text_that_ends_within_a_sentence_is_probably_cut(content: str) -> None:
    assert ending(content) is Ending.UNSURE
    assert ending(content.encode("utf-16")) is Ending.UNSURE
    assert ending(content.encode("latin-1")) is Ending.UNSURE


def test_text_in_utf_8_that_is_cut_within_a_character_ends_too_early() -> None:
    text = "Tromsø, Café “Ærø” 😀".encode()
    cuts = [at for at in range(10, len(text)) if text[at] & 0xC0 == 0x80]

    assert {ending(text[:cut]) for cut in cuts} == {Ending.EARLY}


def test_the_tail_of_a_long_text_may_begin_within_a_character() -> None:
    text = "ø" * EDGE

    assert ending(text + ".") is Ending.LIKELY
    assert ending("x" + text + ".") is Ending.LIKELY
    assert ending(text.encode()[:-1]) is Ending.EARLY


def test_comments_and_blanks_may_follow_the_root() -> None:
    document = "<?xml version='1.0'?><wire>text</wire>"

    assert ending(document + "\n<!-- end -->\n\n") is Ending.PROVEN
    assert ending(document + "\n<!-- en") is Ending.EARLY


def test_a_long_document_is_judged_by_its_whole_content() -> None:
    items = "".join(f"<item>{STORY}</item>" for _ in range(1_500))

    assert len(items) > 2 * EDGE
    assert ending(f"<rss version='2.0'>{items}</rss>") is Ending.PROVEN
    assert ending(f"<rss version='2.0'>{items}") is Ending.EARLY
    assert ending(json.dumps([STORY] * 1_500)) is Ending.PROVEN
    assert ending(json.dumps([STORY] * 1_500)[:-1]) is Ending.EARLY


@given(st.binary(min_size=1, max_size=300), st.sampled_from([b"", *(each[:20] for each in WHOLE.values())]))
def test_any_bytes_get_a_verdict(noise: bytes, beginning: bytes) -> None:
    found = verdict(beginning + noise)

    assert (found.missing is None) == (found.ending >= Ending.LIKELY)


def test_entities_are_not_expanded() -> None:
    bomb = "<!DOCTYPE a [" + "".join(f"<!ENTITY b{n + 1} '{f'&b{n};' * 9}'>" for n in range(12)) + "]><a>&b12;</a>"
    outside = "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/hostname'>]><a>&b;</a>"

    assert ending(bomb) is Ending.PROVEN
    assert ending(outside) is Ending.PROVEN


METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


@pytest.mark.parametrize("method", METHODS)
def test_each_method_of_zip_is_unpacked_and_its_damage_noticed(method: int) -> None:
    content = bytearray(a_zip(method))
    whole = ending(bytes(content))
    content[content.index(b"story.xml") + 40] ^= 0xFF

    assert whole is Ending.PROVEN
    assert ending(bytes(content)) is Ending.UNSURE


def test_a_header_of_many_folded_lines_is_read_in_one_pass() -> None:
    header = b"Subject: x\nContent-Type: multipart/mixed\n" + b" \n" * 30_000
    started = time.process_time()

    assert ending(header + b"\nText.\n") is Ending.LIKELY
    assert ending(header + b' boundary="x"\n\n--x--\n') is Ending.PROVEN
    assert time.process_time() - started < 1


def test_brackets_without_end_take_no_memory() -> None:
    content = b"[" + b"[]," * 1_000_000
    tracemalloc.start()
    found = ending(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert found is Ending.EARLY
    assert peak < 1_000_000


def test_a_verdict_ends_when_its_budget_is_spent() -> None:
    content = b"[" + b"[[1]]," * 1_000_000

    found = judge(Content(io.BytesIO(content), "wire/story", len(content), limit=LIMIT, budget=Budget(cpu=0.01)))

    assert found == TOO_LONG


@pytest.mark.parametrize("pad", range(16_384 - 12, 16_384 + 3))
def test_a_stream_that_begins_at_the_end_of_a_piece_is_found(pad: int) -> None:
    # gzip allows a name of any length in its header: the second stream begins at any place of a piece.
    one = bytearray(gzip.compress(b"", mtime=0))
    one[3] |= 8
    first = bytes(one[:10]) + b"n" * (pad - len(one) - 1) + b"\0" + bytes(one[10:])
    second = gzip.compress(random.Random(1).randbytes(EDGE))

    assert ending(first + second) is Ending.PROVEN
    assert ending(first + second[:-1]) is Ending.EARLY


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(
    st.lists(VALUES, min_size=1, max_size=3),
    st.integers(1, 9),
    st.sampled_from([None, 1]),
    st.tuples(st.floats(0, 1), st.sampled_from(["", ",", "}", "]", '"', "\\", "x", "1", ":", "-", "e", "0", " "])),
)
def test_the_structure_of_json_is_what_pythons_parser_finds(
    values: list[object], size: int, indent: int | None, change: tuple[float, str]
) -> None:
    text = "\n".join(json.dumps(value, indent=indent) for value in values)
    at = int(change[0] * len(text))
    for each in (text, text[:at] + change[1] + text[at + 1 :], text[:at]):
        assert structure_of(each, size) == structure_of(each, len(each) + 1) == parsed_by_python(each)


def structure_of(text: str, size: int) -> int | None:
    """Return the number of values that pieces of a size have; None for an error or a cut."""
    structure = JsonStructure()
    try:
        for at in range(0, len(text), size):
            structure.read(text[at : at + size])
        structure.end()
    except NotJsonError:
        return None
    return structure.values if structure.is_closed else None


WORDS = re.compile(r"[-+.\w]{2}")
"""The end of one number or word and the beginning of the next one, without a space between them."""


def parsed_by_python(text: str) -> int | None:
    decoder, at, count = json.JSONDecoder(strict=False), 0, 0
    while at < len(text):
        if at and WORDS.fullmatch(text[at - 1 : at + 1]):
            return None
        rest = text[at:].lstrip(" \t\r\n")
        if not rest:
            break
        try:
            _, at = decoder.raw_decode(text, len(text) - len(rest))
        except ValueError:
            return None
        count += 1
    return count
