from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.model.article import ArticleStatus, Signal
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.reading import ParsingReader
from copytaster.parsing.release_terms.opening import take_from_heading
from copytaster.parsing.release_terms.statements import Term, read_statement

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
STORY = "Bridge opens\n\nThe mayor opened the bridge on Monday.\n\nCars may use it.\n"
AT_0730 = datetime(2026, 12, 4, 7, 30, tzinfo=UTC)

EMBARGOES = [
    "EMBARGOED UNTIL 07:30 GMT, 4 DECEMBER 2026",
    "EMBARGOED FOR 0730 GMT FRIDAY 4 DECEMBER 2026",
    "*** STRICT EMBARGO: 0730 GMT, FRIDAY DECEMBER 4 2026 ***",
    "STRICTLY EMBARGOED: not for release until 07:30 GMT, 4 December 2026",
    "NOT FOR PUBLICATION OR BROADCAST BEFORE 07:30 GMT ON 4 DECEMBER 2026",
    "Not to be published before 07:30 GMT on Friday 4 December 2026",
    "HOLD FOR RELEASE UNTIL 2:30 A.M. EST, DEC. 4",
    "FOR RELEASE AT 2:30 A.M. (EST), FRIDAY, DECEMBER 4, 2026",
    "Press release - under embargo until 07:30 GMT, 4 December 2026",
    "This report is under strict embargo until 07:30 GMT on 4 December 2026.",
    "Embargo lifts at 07:30 GMT on 4 December 2026",
    "[EMBARGO 4 Dec 2026 0730 GMT]",
    "Editor's note: Embargoed until 07:30 GMT, 4 December 2026",
    "EDITORS\u2019 NOTE \u2013 EMBARGOED UNTIL 07:30 GMT, 4 DECEMBER 2026",
    "ATTN. EDITORS - PRESS RELEASE: EMBARGOED UNTIL 07:30 GMT, 4 DECEMBER 2026",
    "CHECK AGAINST DELIVERY - EMBARGOED UNTIL 07:30 GMT, 4 DECEMBER 2026",
    "Es gilt das gesprochene Wort. Sperrfrist: 4. Dezember 2026, 08.30 Uhr MEZ",
    "\u2014 EMBARGOED UNTIL 07:30 GMT, 4 DECEMBER 2026 \u2014",
    "\u26a0\ufe0f EMBARGO: 4 December 2026, 07:30 GMT",
    "<<EMBARGO 4 Dec 2026 0730 GMT>>",
    "Subject: Fwd: EMBARGOED UNTIL 07:30 GMT, 4 DECEMBER 2026",
    "Not for publication, broadcast or use on social media before 07:30 GMT on 4 December 2026",
    "No part of this report may be published before 07:30 GMT on 4 December 2026",
    "Embargo lifted at 07:30 GMT on 4 December 2026",
    "Advance for release 2:30 a.m. EST Friday, Dec. 4, and thereafter",
    "Sperrfrist: 4. Dezember 2026, 08.30 Uhr MEZ",
    "+++ Achtung: Sperrfrist bis Freitag, 4.12.2026, 8.30 Uhr MEZ +++",
    "Frei ab 4.12.2026, 8.30 Uhr MEZ",
    "Nicht vor Freitag, 4. Dezember 2026, 8.30 Uhr MEZ, verwenden!",
    "Bitte nicht vor dem 4.12.2026, 8.30 Uhr MEZ veröffentlichen",
    "Nicht zur Veröffentlichung vor dem 4. Dezember 2026, 8.30 Uhr MEZ",
    "Gesperrt bis 4. Dezember, 8.30 Uhr MEZ!",
    "Bitte Sperrfrist beachten: 4.12.2026, 8.30 Uhr MEZ",
    "Embargo jusqu'au vendredi 4 décembre 2026 à 8h30 (heure de Paris)",
    "Sous embargo strict jusqu\u2019au 4 décembre 2026, 7 h 30 GMT",
    "Ne pas publier avant le 4 décembre 2026 à 7h30 GMT",
    "EMBARGADO HASTA EL 4 DE DICIEMBRE DE 2026 A LAS 07:30 GMT",
    "Embargo hasta las 08:30 horas (hora de Madrid) del 4 de diciembre de 2026",
    "No difundir antes del 4 de diciembre de 2026 a las 07:30 GMT",
]
WITHOUT_END = [
    "EMBARGO",
    "*** EMBARGOED ***",
    "Embargo: 4/12/2026",
    "EMBARGOED UNTIL FURTHER NOTICE",
    "EMBARGOED UNTIL NOON FRIDAY",
    "EMBARGOED until 4 December 2026 at 07:30 GMT online and one hour later in print",
    "EMBARGO: no publication before the speech",
    "HOLD FOR RELEASE",
    "NOT FOR PUBLICATION",
    "FOR RELEASE ON DELIVERY",
    "For release weekend editions, Dec. 5-6, and thereafter",
    "Sperrfrist: Beginn der Rede",
    "Frei ab 18 Uhr",
    "Sous embargo jusqu'à nouvel ordre",
    "Embargado hasta el final del acto",
]
NO_EMBARGO = [
    "FOR IMMEDIATE RELEASE",
    "EMBARGO LIFTED",
    "Embargo: none",
    "Sperrfrist aufgehoben",
    "Zur sofortigen Veröffentlichung",
    "Embargo levé",
    "Embargo levantado",
]
WITHDRAWALS = [
    "KILL",
    "KILL KILL KILL",
    "BULLETIN KILL",
    "URGENT - MANDATORY KILL",
    "MANDATORY KILL: BC-Bridge",
    "BC-EU--Bridge, KILL",
    "BC-EU--Quay Bridge-KILL",
    "QUAY-BRIDGE-KILL",
    "Quay bridge - KILL",
    "ELIMINATION",
    "WITHDRAWAL",
    "WITHDRAWN - Bridge opens",
    "PLEASE KILL",
    "Editors: Please kill the story slugged BC-Bridge.",
    "Please withdraw our item KN-7 on the bridge.",
    "Kill BC-EU--Quay Ferry",
    "Withdraw QUAY-FERRY/UNION, sent at 1010 GMT",
    "Please disregard previous version.",
    "Please do not use this story.",
    "This story has been withdrawn.",
    "Meldung zurückgezogen",
    "Die Meldung kn0007 wird zurückgezogen.",
    "Achtung Redaktionen: Bitte verwenden Sie die Meldung kn0007 nicht.",
    "ANNULATION",
    "La dépêche KN-7 est annulée.",
    "Veuillez annuler la dépêche KN-7.",
    "ANULACIÓN",
    "Rogamos anulen la noticia KN-7.",
    "Queda anulada la noticia KN-7",
]
NEWS = [
    "The EU embargo on oil until 2027 will be extended.",
    "Embargo on oil until 2027 extended",
    "Embargo until 2027 for Russian oil",
    "Embargo until 5 December 2026 keeps traders guessing",
    "Embargo: EU bans Russian oil",
    "Embargo: 12 countries agree",
    "Embargoed goods found in port",
    "Embargo lifted on Russian oil",
    "Embargo lifted Monday, traders say",
    "For release weekend of the film",
    "Editors of the paper kill the story in the film",
    "Kill Bill returns to cinemas",
    "KILLING IN BRIDGE STREET",
    "Withdrawal from the valley completed",
    "Elimination rounds begin",
    "Cancel the concert, residents say",
    "The story was killed by editors in 1998, he said.",
    "For release in cinemas this week",
    "NOT FOR RELEASE OR DISTRIBUTION IN THE UNITED STATES",
    "Release of prisoners begins",
    "Hold the line, says union",
    "Frei ab 12 Jahren",
    "Sperrfrist: Was Mieter wissen müssen",
    "Embargo bis 2027 verlängert",
    "Annulation du concert de samedi",
    "Annule et remplace la dépêche KN-7",
    "Diffusion du match à 20h50",
    "Sin embargo, el alcalde no quiso hablar.",
    "Bajo embargo desde 1962, la isla resiste",
    "Anulada la multa a la naviera",
    "Withdraw UN troops from the valley, minister says",
    "Withdraw the report, union tells mayor",
    "Retract article on vaccines, scientists urge journal",
    "Eliminate COVID-19 by 2027, doctors say",
    "KILL THE BILL",
    "PREMIER FACES VOTE ON EU-WITHDRAWAL",
    "Please do not use the bridge",
    "\u201cPlease do not use this document,\u201d the mayor said.",
    "Bitte verwenden Sie diese Fassung.",
    "Bitte ver\u00f6ffentlichen Sie die Meldung.",
]


def read(text: str, name: str = "story.txt") -> Draft:
    original = Original(content=text.encode(), name=name, now=NOW)
    [item] = [each.item for each in ParsingReader(default_parsers()).read(original)]
    assert isinstance(item, Draft)
    return item


def mail(subject: str, text: str) -> Draft:
    head = f"From: Ida <ida@kestrel.example>\nTo: d@desk.example\nSubject: {subject}\nMessage-ID: <1@kestrel.example>\n"
    return read(f"{head}Content-Type: text/plain; charset=utf-8\n\n{text}", "story.eml")


@pytest.mark.parametrize("line", EMBARGOES)
def test_an_embargo_line_holds_the_story_until_its_time_and_is_no_part_of_it(line: str) -> None:
    draft = read(f"{line}\n\n{STORY}")

    assert draft.embargoed_until == AT_0730
    assert (draft.title, draft.text) == ("Bridge opens", "The mayor opened the bridge on Monday.\n\nCars may use it.")
    assert draft.note == line


@pytest.mark.parametrize("line", EMBARGOES[:3])
def test_an_embargo_line_in_a_mail_holds_the_story(line: str) -> None:
    draft = mail("Bridge opens", f"{line}\n\nThe mayor opened the bridge on Monday.")

    assert (draft.embargoed_until, draft.text) == (AT_0730, "The mayor opened the bridge on Monday.")


@pytest.mark.parametrize("line", WITHOUT_END)
def test_an_embargo_whose_end_is_not_certain_withholds_the_story_with_a_reason(line: str) -> None:
    draft = read(f"{line}\n\n{STORY}")

    assert (draft.status, draft.embargoed_until) == (ArticleStatus.WITHHELD, None)
    assert draft.note == line
    assert "embargo without an end: " in draft.provenance["status"].from_
    assert draft.title == "Bridge opens"


@pytest.mark.parametrize("line", NO_EMBARGO)
def test_a_line_that_states_no_embargo_is_a_note_and_withholds_nothing(line: str) -> None:
    draft = read(f"{line}\n\n{STORY}")

    assert (draft.status, draft.embargoed_until, draft.note) == (ArticleStatus.USABLE, None, line)
    assert draft.title == "Bridge opens"


@pytest.mark.parametrize("line", WITHDRAWALS)
def test_a_withdrawal_cancels(line: str) -> None:
    draft = read(f"{line}\n\nThe figures were wrong.\n\nKestrel News\n")

    assert (draft.status, draft.signal) == (ArticleStatus.CANCELED, Signal.KILL)
    assert line in (draft.note or "")


@pytest.mark.parametrize("line", NEWS)
@pytest.mark.parametrize("is_heading", [True, False])
def test_news_that_mentions_an_embargo_or_a_killing_is_no_instruction(line: str, is_heading: bool) -> None:
    assert read_statement(line, now=NOW, is_heading=is_heading) is None


@pytest.mark.parametrize("line", NEWS)
def test_news_that_mentions_an_embargo_or_a_killing_is_usable(line: str) -> None:
    draft = read(f"{line}\n\nThe mayor opened the bridge on Monday.\n\n{line}\n\nCars may use it.\n")

    assert (draft.status, draft.embargoed_until, draft.title) == (ArticleStatus.USABLE, None, line)


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("EMBARGOED UNTIL 07:30 GMT 4 DEC 2026: Bridge opens", "Bridge opens"),
        ("[EMBARGO 4 Dec 2026 0730 GMT] Bridge opens", "Bridge opens"),
        ("Bridge opens (embargoed until 07:30 GMT, 4 December 2026)", "Bridge opens"),
        ("Fwd: Sperrfrist 4.12.2026, 8.30 Uhr MEZ: Bridge opens", "Bridge opens"),
    ],
)
def test_an_embargo_in_the_subject_of_a_mail_holds_the_story(subject: str, title: str) -> None:
    draft = mail(subject, "The mayor opened the bridge on Monday.")

    assert (draft.embargoed_until, draft.title) == (AT_0730, title)


@pytest.mark.parametrize("heading", ["EMBARGO: Bridge opens", "Embargoed: Bridge opens", "Bridge opens [EMBARGOED]"])
def test_a_label_in_a_headline_withholds(heading: str) -> None:
    builder = DraftBuilder(NOW)

    assert take_from_heading(builder, heading, "title") == "Bridge opens"


def test_a_kill_in_the_subject_of_a_mail_cancels() -> None:
    assert mail("KILL: Bridge opens", "The figures were wrong.").status is ArticleStatus.CANCELED


def test_the_time_may_be_on_the_next_line() -> None:
    draft = read(f"UNDER EMBARGO\n07:30 GMT, 4 December 2026\n\n{STORY}")

    assert (draft.embargoed_until, draft.title) == (AT_0730, "Bridge opens")


def test_an_embargo_below_the_story_counts() -> None:
    assert read(f"{STORY}\nNotes to editors:\n\n{EMBARGOES[0]}\n").embargoed_until == AT_0730


def test_a_wrapped_line_of_prose_is_no_instruction() -> None:
    text = (
        "Bridge opens\n\nThe union agreed with the council on a\nembargo until 5 December 2026.\n\nCars may use it.\n"
    )

    assert read(text).embargoed_until is None


def test_of_two_embargoes_the_later_end_counts() -> None:
    later = "Not to be published before 07:30 GMT on 5 December 2026"

    assert read(f"{EMBARGOES[0]}\n{later}\n\n{STORY}").embargoed_until == AT_0730.replace(day=5)


def test_an_embargo_without_an_end_outlasts_one_with_an_end() -> None:
    draft = read(f"{EMBARGOES[0]}\n\nSTRICTLY EMBARGOED UNTIL FURTHER NOTICE\n\n{STORY}")

    assert (draft.status, draft.embargoed_until) == (ArticleStatus.WITHHELD, None)


def test_a_line_that_is_the_whole_file_remains_its_text() -> None:
    draft = read("KILL KILL KILL\n")

    assert (draft.title, draft.status) == ("KILL KILL KILL", ArticleStatus.CANCELED)


def test_an_embargo_in_a_document_holds_it() -> None:
    draft = read(f"# Bridge opens\n\n{EMBARGOES[0]}\n\nThe mayor opened the bridge.\n", "story.md")

    assert (draft.embargoed_until, draft.text) == (AT_0730, "The mayor opened the bridge.")


def test_an_ended_embargo_is_read_too() -> None:
    statement = read_statement("Embargoed until 07:30 GMT 4 December 2025", now=NOW)

    assert statement is not None
    assert (statement.term, statement.until) == (Term.EMBARGO, AT_0730.replace(year=2025))


@pytest.mark.parametrize(
    "line",
    [
        "Nicht vor dem Spiel will der Verein Namen veröffentlichen",
        "Nicht vor 2030 fertig",
        "Nicht vor 10. Januar offen",
    ],
)
def test_german_news_that_begins_like_an_embargo_is_no_instruction(line: str) -> None:
    assert read_statement(line, now=NOW) is None


def test_a_german_request_to_strike_a_report_withdraws_it() -> None:
    found = read_statement("Bitte streichen Sie unsere Meldung von 9.40 Uhr über die Brücke.", now=NOW)

    assert found is not None
    assert found.term is Term.WITHDRAWAL


@pytest.mark.parametrize(
    "text",
    [
        f"Bridge opens (embargoed until 07:30 GMT, 4 December 2026)\n\n{STORY[14:]}",
        f"Bridge opens\n\nEds: Adds quotes. Embargoed until 07:30 GMT, 4 December 2026.\n\n{STORY[14:]}",
    ],
)
def test_an_embargo_behind_a_headline_or_in_a_note_of_plain_text_holds_the_story(text: str) -> None:
    draft = read(text)

    assert (draft.embargoed_until, draft.title) == (AT_0730, "Bridge opens")
    assert "mbargo" not in draft.text
