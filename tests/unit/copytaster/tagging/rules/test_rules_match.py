"""What rules match, and the evidence that they record."""

from __future__ import annotations

from typing import Any, Literal
from unicodedata import normalize

import pytest

from copytaster.model.article import Article, ArticleStatus, Entity, EntityType, Keyword, Tagging, Topic
from copytaster.tagging.rules.apply import apply_rules
from copytaster.tagging.rules.load import parse_rules
from copytaster.tagging.rules.model import RuleSet
from tests.factories import FROM_TEST, an_article

Form = Literal["NFC", "NFD"]

TEXT = (
    "Dock-workers walked out on Monday. The steavdores of the Harbour\nUnion want £3 million.\n\n"
    "Football fans\N{RIGHT SINGLE QUOTATION MARK} trains ran."
)


def rules(when: str, then: str = "{tags: hit}", more: str = "") -> RuleSet:
    text = f"rules:\n  - id: one\n    version: 7\n    when: {when}\n    then: {then}\n{more}"
    return parse_rules(text, origin="rules.yml", topic_names={"medtop:04000000": "economy"})


def article(**fields: Any) -> Article:
    return an_article(**{"title": "Harbour at a standstill", "text": TEXT, "source": "Coast Wire"} | fields)


def found(**fields: Any) -> Tagging:
    given = {"language": "en", "topics": (), "entities": (), "keywords": (), "provenance": {"language": FROM_TEST}}
    return Tagging.model_validate(given | fields)


def matches(when: str, **fields: Any) -> bool:
    return bool(apply_rules(rules(when), article(**fields), found()).tags)


@pytest.mark.parametrize(
    "when",
    [
        "{term: dock workers}",
        "{term: HARBOUR UNION}",
        "{term: dock work*}",
        "{term: [no such word, football]}",
        "{term: fans, fields: text}",
        "{phrase: Harbour Union}",
        "{phrase: £3 million}",
        "{regex: '£\\d+ (million|billion)'}",
        "{regex: '(?i)HARBOUR'}",
        "{fuzzy: stevedores, distance: 2}",
        "{fuzzy: harbor union}",
        "{all: [{term: football}, {term: trains}]}",
        "{any: [{term: nothing}, {term: trains}]}",
        "{not: {term: nothing}}",
        "{not: [{term: nothing}, {term: neither}]}",
        "{all: [{term: football}, {not: {term: rugby}}]}",
    ],
)
def test_a_condition_matches(when: str) -> None:
    assert matches(when)


@pytest.mark.parametrize(
    "when",
    [
        "{term: work}",
        "{term: workers dock}",
        "{term: dock worker}",
        "{term: trains, fields: title}",
        "{phrase: harbour union}",
        "{phrase: Harbour Un}",
        "{regex: HARBOUR}",
        "{fuzzy: stevedores}",
        "{fuzzy: rat}",
        "{all: [{term: football}, {term: rugby}]}",
        "{any: [{term: rugby}, {term: cricket}]}",
        "{not: {term: football}}",
        "{not: [{term: nothing}, {term: football}]}",
    ],
)
def test_a_condition_does_not_match(when: str) -> None:
    assert not matches(when)


def test_terms_in_scripts_without_spaces_are_found_within_a_line() -> None:
    assert matches("{term: 港口}", text="昨天港口工人罢工。")
    assert not matches("{term: 机场}", text="昨天港口工人罢工。")


@pytest.mark.parametrize("kind", ["term", "fuzzy"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(("words", "text"), [("grev", "GREV"), ("işçi", "İŞÇİ"), ("İşçi", "işçi"), ("iş", "İş")])
def test_the_capital_of_the_turkish_i_is_a_matter_of_case(kind: str, form: Form, words: str, text: str) -> None:
    written = normalize(form, f"{text}!")
    (tag,) = apply_rules(rules(f"{{{kind}: {words}}}"), article(text=written), found()).tags

    assert tag.why == f'text "{text}"'
    assert [written[span.start : span.end] for span in tag.spans] == [written[:-1]]


@pytest.mark.parametrize("kind", ["term", "phrase"])
@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("港口工人", "昨天港口工人罢工。"),
        ("東京", "今日東京で会議"),
        ("NATO", "昨日NATOの会議、センターNATOセンター"),
        ("2026", "至2026年"),
        ("กรุงเทพ", "ในกรุงเทพมหานคร"),
    ],
)
def test_in_scripts_without_spaces_terms_and_phrases_need_none_around_them(kind: str, words: str, text: str) -> None:
    (tag,) = apply_rules(rules(f"{{{kind}: {words}}}"), article(text=text), found()).tags

    assert {text[span.start : span.end] for span in tag.spans} == {words}
    assert len(tag.spans) == text.count(words)


@pytest.mark.parametrize(
    ("phrase", "text", "hit"),
    [
        ("(AP)", "LONDON(AP)Ships wait.", True),
        ("£5", "some£5 notes", True),
        ("£5", "£50", False),
        ("5%", "by 5%-6%", True),
        ("AP", "LONDON(AP)", True),
        ("AP", "APB", False),
        ("AP", "AP_7", False),
        ("AP", "東京AP通信", True),
    ],
)
def test_a_phrase_ends_within_no_word_and_anywhere_between_other_characters(phrase: str, text: str, hit: bool) -> None:
    assert matches(f"{{phrase: '{phrase}'}}", text=text) is hit


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("expression", ["(?s)^(?=.*docks)(?=.*café)", "(?s)(?=.*docks)(?=.*café)", "$(?<=docks)"])
def test_an_expression_that_only_looks_ahead_or_back_matches_without_a_position(expression: str, form: Form) -> None:
    text = normalize(form, "The café at the docks")
    condition = f"{{regex: '{expression}', fields: text}}"

    (tag,) = apply_rules(rules(condition), article(text=text), found()).tags

    assert (tag.why, tag.spans) == (f"text fits {expression}", ())
    assert not matches(condition, text="The harbour")


@pytest.mark.parametrize("form_of_rule", ["NFC", "NFD"])
@pytest.mark.parametrize("form_of_text", ["NFC", "NFD"])
@pytest.mark.parametrize("kind", ["term", "phrase", "regex", "fuzzy"])
def test_letters_with_accents_match_in_either_form_of_unicode_at_their_place_in_the_stored_text(
    kind: str, form_of_text: Form, form_of_rule: Form
) -> None:
    name = normalize(form_of_text, "Café Müller")
    text = normalize(form_of_text, f"Größe: \N{FIRE} {name}, 5")
    condition = normalize(form_of_rule, f"{{{kind}: Café Müller}}")

    (tag,) = apply_rules(rules(condition), article(text=text), found()).tags

    assert [text[span.start : span.end] for span in tag.spans] == [name]


@pytest.mark.parametrize(("form_of_source", "form_of_rule"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_a_source_is_the_same_in_either_form_of_unicode(form_of_source: Form, form_of_rule: Form) -> None:
    only = f"    sources: [{normalize(form_of_rule, 'Économie')}]\n"
    given = article(source=normalize(form_of_source, "Économie"), publisher=None)

    assert apply_rules(rules("{term: football}", more=only), given, found()).tags


@pytest.mark.parametrize(
    ("pattern", "source", "hit"),
    [
        ("ANSA [IT]", "Ansa [it]", True),
        ("ANSA [*", "ANSA [IT]", True),
        ("ANSA [IT]", "ANSA I", False),
        ("What?", "What?", True),
        ("What?", "Whats", False),
        ("[a-z]*", "Kestrel", False),
    ],
)
def test_only_an_asterisk_stands_for_other_letters_in_a_source(pattern: str, source: str, hit: bool) -> None:
    only = f"    sources: ['{pattern}']\n"
    given = article(source=source, publisher=None)

    assert bool(apply_rules(rules("{term: football}", more=only), given, found()).tags) is hit


@pytest.mark.parametrize(
    ("field", "term"),
    [
        ("summary", "tugs"),
        ("byline", "avery stone"),
        ("dateline", "kestrel"),
        ("source", "coast wire"),
        ("language", "en"),
        ("keywords", "outer harbour"),
        ("keywords", "shipping"),
        ("topics", "politics"),
        ("topics", "medtop 11000000"),
        ("entities", "mara quill"),
    ],
)
def test_a_rule_can_search_any_field(field: str, term: str) -> None:
    given = article(
        summary="Tugs wait.", byline="By Avery Stone", dateline="KESTREL", source_keywords=("shipping",), title="A"
    )
    labels = found(
        topics=(Topic(code="medtop:11000000", name="politics", score=1, why="vote"),),
        entities=(Entity(name="Mara Quill", type=EntityType.PERSON, count=1, spans=()),),
        keywords=(Keyword(term="outer harbour", score=1),),
    )

    tagged = apply_rules(rules(f"{{term: {term}, fields: [{field}]}}"), given, labels)
    elsewhere = apply_rules(rules(f"{{term: {term}, fields: [title]}}"), given, labels)

    assert [each.name for each in tagged.tags] == ["hit"]
    assert elsewhere.tags == ()


@pytest.mark.parametrize(("sources", "hit"), [("[coast*]", True), ("[radio, COAST WIRE]", True), ("[radio]", False)])
def test_a_rule_applies_only_to_its_sources(sources: str, hit: bool) -> None:
    only = f"    sources: {sources}\n"

    assert bool(apply_rules(rules("{term: football}", more=only), article(), found()).tags) is hit


def test_a_tag_records_the_rule_its_version_and_the_matched_positions() -> None:
    (tag,) = apply_rules(
        rules("{all: [{fuzzy: stevedores, distance: 2}, {term: standstill}]}"), article(), found()
    ).tags

    assert (tag.name, tag.rule, tag.version) == ("hit", "one", "7")
    assert tag.why == 'text "steavdores" for stevedores, title "standstill"'
    text, title = tag.spans
    assert (text.field, TEXT[text.start : text.end]) == ("text", "steavdores")
    assert (title.field, "Harbour at a standstill"[title.start : title.end]) == ("title", "standstill")


def test_evidence_in_a_value_field_is_reported_without_a_position() -> None:
    (tag,) = apply_rules(rules("{term: coast, fields: [source]}"), article(), found()).tags

    assert tag.why == 'source "Coast"'
    assert tag.spans == ()


def test_a_rules_topic_is_added_after_the_detected_ones_with_the_rule_as_its_reason() -> None:
    labels = found(topics=(Topic(code="medtop:11000000", name="politics", score=0.7, why="vote"),))

    tagged = apply_rules(rules("{term: football}", "{topics: [medtop:04000000]}"), article(), labels)

    assert [(each.code, each.rule) for each in tagged.topics] == [("medtop:11000000", None), ("medtop:04000000", "one")]
    assert tagged.topics[1].why == 'rule one (7): text "Football"'
    assert [TEXT[each.start : each.end] for each in tagged.topics[1].spans] == ["Football"]


def test_a_topic_that_was_already_detected_is_not_changed() -> None:
    labels = found(topics=(Topic(code="medtop:04000000", name="economy", score=0.4, why="bank"),))

    tagged = apply_rules(rules("{term: football}", "{topics: [medtop:04000000]}"), article(), labels)

    assert tagged.topics == labels.topics


def test_of_two_statuses_the_stricter_is_set() -> None:
    more = "  - id: two\n    when: {term: trains}\n    then: {status: canceled}\n"

    tagged = apply_rules(rules("{term: football}", "{status: withheld}", more), article(), found())

    assert tagged.ruling
    assert (tagged.ruling.status, tagged.ruling.rule) == (ArticleStatus.CANCELED, "two")


def test_no_rule_sees_the_effects_of_another() -> None:
    more = "  - id: two\n    when: {term: economy, fields: [topics]}\n    then: {tags: second}\n"

    tagged = apply_rules(rules("{term: football}", "{topics: [medtop:04000000]}", more), article(), found())

    assert tagged.tags == ()


def test_without_rules_nothing_is_added() -> None:
    labels = found()

    assert apply_rules(RuleSet(), article(), labels) is labels


def test_catastrophic_backtracking_disables_only_the_rule_that_causes_it() -> None:
    costly = article(text="a" * 5_000 + "!")
    more = "  - id: two\n    when: {term: standstill}\n    then: {tags: second}\n"

    tagged = apply_rules(rules("{regex: '(a+)+$'}", more=more), costly, found())

    assert [each.rule for each in tagged.tags] == ["two"]
    assert "out of time: one" in tagged.provenance["tags"].from_


@pytest.mark.parametrize("status", ["withheld", "canceled"])
def test_an_article_is_withheld_if_a_rule_with_a_status_runs_out_of_time(status: str) -> None:
    costly = article(text="a" * 5_000 + "!")

    tagged = apply_rules(rules("{regex: '(a+)+$'}", f"{{status: {status}}}"), costly, found())

    assert tagged.ruling
    assert (tagged.ruling.status, tagged.ruling.rule) == (ArticleStatus.WITHHELD, "one")
    assert "not known whether it matches" in tagged.ruling.why
