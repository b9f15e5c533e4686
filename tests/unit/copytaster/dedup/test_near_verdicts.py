from __future__ import annotations

from datetime import timedelta

import pytest

from copytaster.dedup.candidates import Candidate, most_in_common
from copytaster.dedup.relations import COPIES, SAME_WORDS, copy_relations, judge
from copytaster.dedup.signing import sign
from copytaster.model.article import ArticleId, Relation, RelationKind
from tests.factories import POLICY, START

TITLE = "Ferry line cuts winter sailings to the outer islands"
PARAGRAPHS = (
    (
        "The ferry company Norlinje will cut its winter sailings to the outer islands from four a day to two, it said "
        "on Thursday, blaming a shortage of engineers and the price of fuel."
    ),
    (
        "The new timetable takes effect on 3 November and is to last until the end of March. About 2,300 people live "
        "on "
        "the three islands all year round, and 410 of them commute to Hamnvik."
    ),
    (
        "Mayor Ragna Solheim called the decision a blow to families. She said the council had learned of it from a "
        "notice on the quay and would ask the ministry in Oslo to step in."
    ),
    (
        "Norlinje, which runs 14 vessels along the coast, lost 61 million crowns last year. Its director, Peder Aune, "
        "told reporters that two of the older boats would be laid up until engineers could be hired in Poland."
    ),
    (
        "Fishermen on Store Lyngoy fear for their catch, which goes to the market by the last boat of the day. The "
        "union wants a freight boat at night, as there was before 2009."
    ),
)
TEXT = "\n\n".join(PARAGRAPHS)

OTHER_TITLE = "Glassworks of Bruhl to close after 190 years"
OTHER = (
    "The glassworks of Bruhl will put out its furnaces in June after 190 years, its owner said on Monday. The 320 "
    "workers were told at a meeting in the canteen.\n\n"
    "Energy has become too dear for bottles made in small numbers, said Henrike Vogt, who took over from her father "
    "in 2004. Talks with a buyer from Turin had failed at Easter over the lease of the site."
)

TENDER = (
    "The finance ministry said it sold {amount} million crowns of treasury bills at an average yield of {rate} "
    "percent. Bids came to {bids} million crowns and the highest accepted yield was {top} percent. "
    "The bills mature on {day} and are listed on the Oslo exchange from tomorrow."
)


def verdict(first: tuple[str, str], second: tuple[str, str]) -> Relation | None:
    known = Candidate(ArticleId("a1"), 1, sign(*first), START)
    found = judge([known], sign(*second), threshold=POLICY.near_threshold)
    back = judge(
        [Candidate(ArticleId("a1"), 1, sign(*second), START)],
        sign(*first),
        threshold=POLICY.near_threshold,
    )
    assert found == back
    return found[0] if found else None


def misread(text: str) -> str:
    """Return the text with errors as in optical character recognition."""
    wrong = {"e": "c", "l": "1", "n": "u", "r": "t", "o": "0"}
    return "".join(wrong.get(letter, letter) if number % 17 == 0 else letter for number, letter in enumerate(text))


MENU = "Home\nNews\nSport\nWeather\nSubscribe\nLog in\nMost read\nPrivacy policy\nContact"


@pytest.mark.parametrize(
    ("title", "text", "kind"),
    [
        (TITLE, TEXT, RelationKind.EXACT),
        (TITLE.upper(), TEXT.replace("\n\n", "\n   "), RelationKind.EXACT),
        ("Islanders lose every second boat", TEXT, RelationKind.NEAR),
        (TITLE, f"HAMNVIK, Oct 9 (Kestrel) - {TEXT}\n\n(Reporting by Ola Berg)", RelationKind.NEAR),
        (f"CORRECTED - {TITLE}", TEXT.replace("61 million", "16 million"), RelationKind.NEAR),
        (TITLE, misread(TEXT), RelationKind.NEAR),
        (TITLE, "\n\n".join(PARAGRAPHS[::-1]), RelationKind.NEAR),
        (f"{TITLE} - Hamnvik Post", f"{MENU}\n\n{TEXT}\n\n{MENU}", RelationKind.NEAR),
        (TITLE, "\n\n".join(PARAGRAPHS[:2]), RelationKind.EXCERPT),
        (TITLE, PARAGRAPHS[0], RelationKind.EXCERPT),
    ],
    ids=[
        *("same", "other case and spacing", "other headline", "dateline and credit", "corrected figure", "OCR"),
        *("reordered", "page around it", "half", "quarter"),
    ],
)
def test_a_copy_gets_the_right_kind_of_relation(title: str, text: str, kind: RelationKind) -> None:
    relation = verdict((TITLE, TEXT), (title, text))

    assert relation is not None
    assert relation.kind is kind


def test_another_story_has_no_relation() -> None:
    assert verdict((TITLE, TEXT), (OTHER_TITLE, OTHER)) is None


def test_a_digest_that_contains_a_story_is_linked_and_not_a_copy() -> None:
    third = "The court in Lund cleared the two brothers of fraud on Friday. The prosecutor said she would appeal."
    digest = f"{PARAGRAPHS[0]}\n\n{OTHER}\n\n{third}\n\n{OTHER[::-1]}"

    relation = verdict((TITLE, PARAGRAPHS[0]), ("News in brief", digest))

    assert relation is None or relation.kind is RelationKind.RELATED


def test_notices_of_one_template_are_not_copies() -> None:
    title = "Oslo sells treasury bills"
    first = TENDER.format(amount="750", rate="4.12", bids="1,905", top="4.15", day="14 June")
    second = TENDER.format(amount="900", rate="4.27", bids="2,310", top="4.31", day="12 September")

    relation = verdict((title, first), (title, second))

    assert relation is None or relation.kind not in COPIES


def test_stories_on_pages_with_the_same_frame_are_not_copies() -> None:
    around = (
        "Sign up for our evening letter and get the five stories that matter in the region, picked by our editors.",
        "You have read three of your five free articles this month. Subscribe now for full access to the paper.",
        "This site keeps small files on your computer to count its readers. You can change that at any time.",
    )
    pages = [
        (f"{title} - Hamnvik Post", "\n\n".join((around[0], text, *around[1:])))
        for title, text in ((TITLE, TEXT), (OTHER_TITLE, OTHER))
    ]

    relation = verdict(pages[0], pages[1])

    assert relation is None or relation.kind not in COPIES


def test_texts_without_words_only_equal_each_other() -> None:
    assert verdict(("", "…"), ("", "!!")) == Relation(
        kind=RelationKind.EXACT, of=ArticleId("a1"), score=1, why=SAME_WORDS
    )
    assert verdict(("", "…"), (TITLE, TEXT)) is None


def test_the_most_similar_version_of_an_article_counts() -> None:
    half = sign(TITLE, "\n\n".join(PARAGRAPHS[:2]))
    versions = [Candidate(ArticleId("a1"), 1, each, START) for each in (half, sign(TITLE, TEXT), half)]

    found = judge(versions, sign(TITLE, TEXT), threshold=POLICY.near_threshold)

    assert found == [Relation(kind=RelationKind.EXACT, of=ArticleId("a1"), score=1, why=SAME_WORDS)]


def test_the_original_is_the_first_copy_and_never_a_merely_related_article() -> None:
    related, near, exact = (
        Relation(kind=kind, of=ArticleId(of), score=1)
        for kind, of in ((RelationKind.RELATED, "a1"), (RelationKind.NEAR, "a2"), (RelationKind.EXACT, "a3"))
    )

    assert copy_relations([related, near, exact]) == [near, exact]
    assert copy_relations([related]) == []


def test_two_rare_postings_or_three_make_a_candidate_and_more_common_ones_rank_higher() -> None:
    crowd = [f"x{number}" for number in range(9)]
    postings = [["two", "most"], ["two", "most"], ["most"], ["common", *crowd], ["common", *crowd]]

    assert most_in_common(postings) == ["most", "two"]


def test_article_times_need_not_be_in_order() -> None:
    late = Candidate(ArticleId("a1"), 1, sign(TITLE, TEXT), START + timedelta(days=3))

    assert judge([late], sign(TITLE, TEXT), threshold=POLICY.near_threshold)[0].kind is RelationKind.EXACT
