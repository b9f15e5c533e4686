from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from copytaster.errors import RefusedError
from copytaster.model.article import ArticleStatus, Signal, Subject
from copytaster.model.disposition import Reason
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Draft
from copytaster.parsing.reading import ParsingReader, Reading

NOW = datetime(2026, 6, 1, tzinfo=UTC)

STORY = (
    "Bridge opens after nine years\nof work =\nBy Ann Field, kne =\n\nOslo (kne) - The new bridge over "
    "the river carried its\nfirst cars.\n\nIt cost more.\n"
)


def iptc(
    text: str = STORY, *, slug: str = "City/bridge/", trailer: str = "021315 GMT Mar 26", priority: str = "3"
) -> str:
    return f"\x01kne0071 {priority} i 131  kne 0312\n\n{slug}\n\x02{text}\x03{trailer}\n\x04\n"


def anpa(
    *marked: str,
    text: str = "\t   OSLO (KN) _ The new bridge carried its \nfirst cars. \n\t   ``It cost more,'' she said. \n",
    priority: str = "u",
    category: str = "f",
    slug: str = "BC-City-Bridge",
    sent: tuple[str, str] = ("03-02", "03-02-26 1315GMT"),
) -> str:
    lines = "".join(f"^{line}<\n" for line in marked or ("BC-City-Bridge,88", "Bridge opens after nine years"))
    return (
        f"\x16\x16\x01k0071\x1fgenl-\n{priority} {category}\x13\x11 {slug}   {sent[0]} "
        f"0088\n\x02{lines}{text}\x03KN-WF-{sent[1]}<\n\x04\n"
    )


def readings(text: str, charset: str = "utf-8") -> list[Reading]:
    original = Original(content=text.replace("\n", "\r\n").encode(charset), name="a.txt", now=NOW)
    return list(ParsingReader(default_parsers()).read(original))


def draft(text: str, charset: str = "utf-8") -> Draft:
    (only,) = readings(text, charset)
    assert isinstance(only.item, Draft)
    return only.item


def test_an_iptc_7901_message_is_read() -> None:
    found = draft(iptc())

    assert (found.format, found.title) == ("iptc7901", "Bridge opens after nine years of work")
    assert found.text == "The new bridge over the river carried its first cars.\n\nIt cost more."
    assert (found.byline, found.authors, found.dateline) == ("By Ann Field, kne", ("Ann Field",), "Oslo")


def test_an_iptc_7901_header_gives_priority_keywords_and_category() -> None:
    found = draft(iptc())

    assert (found.urgency, found.publisher, found.slugline) == (3, None, "City/bridge")
    assert (found.keywords, found.subjects) == (("City", "bridge"), (Subject(code="category:i"),))


def test_the_guid_of_an_iptc_7901_message_is_source_day_and_number() -> None:
    assert draft(iptc()).guid == "kne:2026-03-02:0071"


@pytest.mark.parametrize("trailer", ["021315 GMT Mar 26", "021315 Mar 2026", "021315Z MAR 26"])
def test_the_date_time_group_is_the_time_of_publication(trailer: str) -> None:
    assert draft(iptc(trailer=trailer)).published_at == datetime(2026, 3, 2, 13, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "trailer",
    ["021315 GMT MÄR 26", "021315 GMT Mrz 26", "021315 GMT MARS 26", "021315 GMT marzo 2026", "021315Z mar 26"],
)
def test_the_month_of_the_date_time_group_may_be_in_the_language_of_the_agency(trailer: str) -> None:
    found = draft(iptc(trailer=trailer))

    assert (found.published_at, found.guid) == (datetime(2026, 3, 2, 13, 15, tzinfo=UTC), "kne:2026-03-02:0071")


def test_a_local_zone_in_the_date_time_group_is_not_taken_for_the_month() -> None:
    found = draft(iptc(trailer="021315 MEZ Dez 25"))

    assert found.published_at == datetime(2025, 12, 2, 13, 15, tzinfo=UTC)
    assert found.provenance["published_at"].confidence < 0.5


def test_a_group_without_a_zone_has_a_lower_confidence() -> None:
    assert draft(iptc(trailer="021315 Mar 26")).provenance["published_at"].confidence < 1


@pytest.mark.parametrize("trailer", ["", "991315 GMT Mar 26", "021315 GMT Mar 98"])
def test_without_a_plausible_time_there_is_no_guid(trailer: str) -> None:
    found = draft(iptc(trailer=trailer))

    assert (found.published_at, found.guid) == (None, None)


@pytest.mark.parametrize(
    ("flag", "signal"),
    [
        ("1ST LEAD", Signal.UPDATE),
        ("CORRECTION", Signal.CORRECTION),
        ("EXTRA", None),
        ("(Berichtigung: Name)", Signal.CORRECTION),
    ],
)
def test_flags_above_the_headline_are_not_part_of_it(flag: str, signal: Signal | None) -> None:
    found = draft(iptc(f"{flag}\n{STORY}"))

    assert (found.title, found.signal) == ("Bridge opens after nine years of work", signal)


def test_text_not_for_publication_is_the_note() -> None:
    found = draft(
        iptc(f"{STORY}\n* * * *\nThe following information is not intended for publication\n\n## Contacts\nDesk 12\n")
    )

    assert (found.text.endswith("It cost more."), found.note) == (True, "Contacts\nDesk 12")


def test_initials_below_the_story_are_cut() -> None:
    assert draft(iptc(f"{STORY}\nkne af/xy\n")).text.endswith("It cost more.")


def test_umlauts_in_a_contemporary_charset_are_read() -> None:
    found = draft(
        iptc("Brücke öffnet für Fußgänger\n\nDie Brücke über die Wupper ist wieder für Fußgänger geöffnet.\n"), "cp1252"
    )

    assert found.title == "Brücke öffnet für Fußgänger"


def test_each_message_is_an_item_and_an_empty_one_is_a_bad_item() -> None:
    found = readings(iptc() + iptc("") + iptc())

    assert [type(each.item) for each in found] == [Draft, BadItem, Draft]


def test_an_anpa_message_is_read() -> None:
    found = draft(anpa())

    assert (found.format, found.title) == ("anpa", "Bridge opens after nine years")
    assert found.text == "The new bridge carried its first cars.\n\n\u201cIt cost more,\u201d she said."
    assert (found.dateline, found.publisher) == ("OSLO", "KN")


@pytest.mark.parametrize(
    ("day", "group", "counted"),
    [
        ("03-02", "03-03-26 0315GMT", "2026-03-02"),
        ("03-03", "03-03-26 1915GMT", "2026-03-03"),
        ("12-31", "01-01-26 0315GMT", "2025-12-31"),
        ("1-1", "12-31-25 1815GMT", "2026-01-01"),
        ("03-02", "03-02-26 2315EST", "2026-03-02"),
    ],
)
def test_the_day_of_an_anpa_guid_is_that_of_the_header_by_which_the_service_counts(
    day: str, group: str, counted: str
) -> None:
    assert draft(anpa(sent=(day, group))).guid == f"anpa:k:{counted}:0071"


@pytest.mark.parametrize("day", ["03-09", "02-30", "13-40"])
def test_a_day_in_an_anpa_header_that_is_not_that_of_the_transmission_does_not_count(day: str) -> None:
    assert draft(anpa(sent=(day, "03-02-26 1315GMT"))).guid == "anpa:k:2026-03-02:0071"


def test_an_anpa_header_gives_priority_category_and_slug() -> None:
    found = draft(anpa())

    assert (found.urgency, found.slugline) == (3, "City-Bridge")
    assert found.subjects == (Subject(code="medtop:04000000", name="economy, business and finance"),)
    assert (found.guid, found.published_at) == ("anpa:k:2026-03-02:0071", datetime(2026, 3, 2, 13, 15, tzinfo=UTC))


def test_marked_lines_are_headline_note_byline_and_summary() -> None:
    summary = (
        "The city's longest bridge has opened after nine years of building, two changes of plan and a "
        "lawsuit that went to the highest court and came back again in the spring."
    )

    found = draft(
        anpa(
            "BC-City-Bridge,88",
            "Bridge opens",
            "KN Photo KNE101, KNE102",
            "Eds: Updates.",
            summary,
            "By Ann Field=",
            "Staff Writer=",
        )
    )

    assert (found.title, found.note, found.summary) == ("Bridge opens", "Updates.", summary)
    assert (found.byline, found.authors) == ("By Ann Field", ("Ann Field",))


def test_the_title_of_an_alert_without_a_headline_is_its_first_sentence() -> None:
    assert draft(anpa("BC-City-Bridge,88")).title == "The new bridge carried its first cars."


@pytest.mark.parametrize(
    ("slug", "signal", "status"),
    [
        ("BC-City-Bridge, 2nd Ld-Writethru", Signal.UPDATE, ArticleStatus.USABLE),
        ("BC-City-Bridge, CORRECTION", Signal.CORRECTION, ArticleStatus.USABLE),
        ("BC-City-Bridge, KILL", Signal.KILL, ArticleStatus.CANCELED),
        ("BC-Road-Kill-Study", None, ArticleStatus.USABLE),
    ],
)
def test_slugs_give_signal_and_status(slug: str, signal: Signal | None, status: ArticleStatus) -> None:
    found = draft(anpa(slug=slug))

    assert (found.signal, found.status) == (signal, status)


@pytest.mark.parametrize("text", [iptc(""), anpa("\x00", text="")])
def test_a_message_without_text_is_refused(text: str) -> None:
    with pytest.raises(RefusedError) as caught:
        readings(text)

    assert caught.value.reason is Reason.NO_TEXT


@pytest.mark.parametrize(
    "text", ["kne0071 3 i 131\n\nNo control characters.", "\x01\x02 something else entirely, which is text as such"]
)
def test_a_file_without_a_header_is_not_recognised(text: str) -> None:
    original = Original(content=text.encode(), name="a.txt", now=NOW)

    assert {default_parsers().choose(original)[0].format} & {"anpa", "iptc7901"} == set()


@pytest.mark.parametrize("before", ["\x7f\x7f\x7f", "\x00\x7f\n", "\x16\x7f\x16"])
def test_a_message_behind_fillers_of_paper_tape_is_read(before: str) -> None:
    assert draft(before + iptc()).format == "iptc7901"
    assert draft(before + anpa()).format == "anpa"


def without_control_codes(message: str) -> str:
    return re.sub(
        r"[\x00-\x08\x0b-\x1f\x7f]", "", message.replace("\x02", "\n").replace("\x1f", " ").replace("\x03", "\n")
    )


@pytest.mark.parametrize("wrap", ["{}", "ZCZC KNE0071\n{}\nNNNN\n", "\n\n{}"])
def test_an_iptc_7901_message_without_its_control_codes_is_read(wrap: str) -> None:
    found = draft(wrap.format(without_control_codes(iptc())))

    assert (found.format, found.title) == ("iptc7901", "Bridge opens after nine years of work")
    assert found.text == "The new bridge over the river carried its first cars.\n\nIt cost more."
    assert (found.slugline, found.urgency, found.dateline) == ("City/bridge", 3, "Oslo")
    assert found.published_at == datetime(2026, 3, 2, 13, 15, tzinfo=UTC)


def test_each_message_without_its_control_codes_is_an_article() -> None:
    both = without_control_codes(iptc()) + without_control_codes(iptc().replace("0071", "0072"))

    assert [each.item.guid for each in readings(both) if isinstance(each.item, Draft)] == [
        "kne:2026-03-02:0071",
        "kne:2026-03-02:0072",
    ]


@pytest.mark.parametrize("caret", ["^", ""])
def test_an_anpa_message_without_its_control_codes_is_read(caret: str) -> None:
    found = draft(without_control_codes(anpa()).replace("^", caret).replace("\x13\x11", ""))

    assert (found.format, found.title, found.slugline) == ("anpa", "Bridge opens after nine years", "City-Bridge")
    assert found.text == "The new bridge carried its first cars.\n\n\u201cIt cost more,\u201d she said."


@pytest.mark.parametrize(
    "keywords",
    [
        "City-Bridge-Opening-Long Name",
        "BC-City--Bridge, 1st Ld",
        "City Bridge, 2nd Ld-Writethru",
        "City-Bridge-Open,120",
    ],
)
def test_keyword_lines_before_the_headline_are_no_title(keywords: str) -> None:
    found = draft(anpa(keywords, "Bridge opens after nine years", slug="BC-City-Bridge-Opening-Lo"))

    assert found.title == "Bridge opens after nine years"


@pytest.mark.parametrize("text", ["Kne 71 people came.\n\nThey ate.", "abc12 3 people", "A100 road opens\nIt is long."])
def test_prose_with_numbers_is_no_message(text: str) -> None:
    assert draft(text).format == "text"


END = datetime(2026, 12, 4, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        "EMBARGOED UNTIL 2:30 A.M. EST, DEC. 4, 2026",
        "Eds: EMBARGOED UNTIL 2:30 A.M. EST, DEC. 4, 2026.",
        "Eds: Adds quotes. Embargoed until 2:30 a.m. EST, Dec. 4, 2026.",
        "For release Friday, Dec. 4, 2026, 2:30 a.m. EST, and thereafter",
    ],
)
def test_an_embargo_in_a_marked_line_of_an_anpa_message_is_obeyed(line: str) -> None:
    found = draft(anpa("BC-City-Bridge,88", line, "Bridge opens after nine years"))

    assert (found.embargoed_until, found.title) == (END, "Bridge opens after nine years")


def test_a_kill_in_a_marked_line_of_an_anpa_message_is_obeyed() -> None:
    assert draft(anpa("BULLETIN KILL", "Bridge opens")).status is ArticleStatus.CANCELED


@pytest.mark.parametrize(
    "text",
    [
        STORY.replace("Bridge", "Sperrfrist: 4. Dezember 2026, 8.30 Uhr MEZ\nBridge", 1),
        STORY.replace("of work =", "of work =\nSperrfrist 4.12.2026, 8.30 Uhr MEZ", 1),
        f"{STORY}\n# Notizblock\n\nSperrfrist: 4. Dezember 2026, 8.30 Uhr MEZ\n",
    ],
)
def test_an_embargo_in_the_top_or_the_note_of_an_iptc_7901_message_is_obeyed(text: str) -> None:
    found = draft(iptc(text))

    assert (found.embargoed_until, found.title) == (END, "Bridge opens after nine years of work")
