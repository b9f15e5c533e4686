"""Loading rules from YAML: their meaning, and that every problem is reported with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from copytaster.model.article import ArticleStatus
from copytaster.tagging.rules.load import load_rules, parse_rules
from copytaster.tagging.rules.located_yaml import MAX_BYTES, RulesError
from copytaster.tagging.rules.model import Actions, AllOf, Field, NamedTopic, RuleSet, WordSequence

TOPIC_NAMES = {"medtop:04000000": "economy, business and finance"}

VALID = """\
rules:
  - id: harbour-strike
    version: 3
    sources: [coast-*]
    fields: [title, text]
    when:
      all:
        - term: docker*
        - phrase: Harbour Union
          fields: text
    then:
      tags: [labour]
      topics: [medtop:04000000]
      status: withheld
"""


def parse(text: str) -> RuleSet:
    return parse_rules(text, origin="rules.yml", topic_names=TOPIC_NAMES)


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(RulesError) as caught:
        parse(text)
    return caught.value.problems


def rule(when: str, then: str = "{tags: x}") -> str:
    return f"rules:\n  - id: one\n    when: {when}\n    then: {then}\n"


def test_a_rule_is_read_with_its_sources_fields_condition_and_actions() -> None:
    (read,) = parse(VALID).rules

    assert (read.id, read.version, read.sources) == ("harbour-strike", "3", ("coast-*",))
    assert isinstance(read.when, AllOf)
    assert read.when.parts[0] == WordSequence("docker*", ("docker",), (Field.TITLE, Field.TEXT), prefix=True)
    assert read.then == Actions(
        ("labour",), (NamedTopic("medtop:04000000", "economy, business and finance"),), ArticleStatus.WITHHELD
    )


def test_a_file_without_rules_has_none() -> None:
    assert [parse(text).rules for text in ("", "# nothing yet\n", "rules: []\n", "rules:\n")] == [()] * 4
    assert parse("").version == "none"


def test_a_rule_without_a_version_gets_one_that_depends_on_its_content() -> None:
    first, same, other = (
        parse(text).rules[0].version
        for text in (rule("{term: ferry}"), "# a remark\n" + rule("{term:   ferry}"), rule("{term: ferries}"))
    )

    assert first == same
    assert first != other


def test_numbers_and_booleans_of_yaml_are_read_as_text() -> None:
    (read,) = parse(rule("{term: [2026, no]}", "{tags: [112, on]}")).rules

    assert read.then.tags == ("112", "on")


def test_a_character_that_json_writes_as_two_surrogates_is_one_character() -> None:
    (read,) = parse('{"rules": [{"id": "a", "when": {"term": "ferry"}, "then": {"tags": ["\\ud83d\\udd25"]}}]}').rules

    assert read.then.tags == ("\N{FIRE}",)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("rules:\n  - id: x\n    when: {trem: a}\n    then: {tags: t}\n", 3, "this has trem"),
        (rule("{term: a, phrase: b}"), 3, "this has term and phrase"),
        (rule("[{term: a}]"), 3, "a condition must be a mapping"),
        (rule("{all: []}"), 3, "all must be a list"),
        (rule("{term: }"), 3, "term is empty"),
        (rule("{term: []}"), 3, "term is empty"),
        (rule("{not: {regex: []}}"), 3, "regex is empty"),
        (rule("{term: '!!'}"), 3, "neither letters nor digits"),
        (rule("{term: a, fields: [titel]}"), 3, "there is no field 'titel'"),
        (rule("{regex: 'a('}"), 3, "not a regular expression"),
        (rule("{regex: 'a*'}"), 3, "matches the empty text"),
        (rule("{regex: '(?au)a'}"), 3, "not a regular expression: ASCII"),
        (rule("{regex: '(?V0V1)a'}"), 3, "not a regular expression: VERSION0"),
        (rule(f"{{regex: '{'(' * 3_000}a{')' * 3_000}'}}"), 3, "not a regular expression: "),
        (rule("{regex: '(?R)'}"), 3, "not a regular expression: "),
        (rule('{term: "\\UFFFFFFFF"}'), 3, "not YAML: an escape that is no character"),
        (rule('{term: "\\U00110000"}'), 3, "not YAML: an escape that is no character"),
        (rule("{term: a}", '{tags: "fire \\ud83d"}'), 4, "a tag has half a character"),
        (rule("{fuzzy: harbour, distance: 3}"), 3, "distance must be 1 to 2"),
        (rule("{term: a, distance: 1}"), 3, "has no key 'distance'"),
        (rule("{term: a}", "{}"), 4, "then must have at least one of"),
        (rule("{term: a}", "{status: killed}"), 4, "withheld or canceled"),
        (rule("{term: a}", "{topics: politics}"), 4, "not a Media Topic code"),
        (rule("{term: a}", "{topics: [medtop:99999999]}"), 4, "not in the vocabulary"),
        ("rules:\n  - when: {term: a}\n    then: {tags: t}\n", 2, "must have an id"),
        ("rules:\n  - id: a b\n    when: {term: a}\n    then: {tags: t}\n", 2, "the id 'a b'"),
        ("rules:\n  - id: x\n    then: {tags: t}\n", 2, "has no when"),
        ("rules:\n  - id: x\n    when: {term: a}\n", 2, "has no then"),
        ("rules:\n  - id: x\n    id: y\n", 3, "the key 'id' is repeated"),
        ("rules: 5\n", 1, "rules must be a list"),
        ("- id: x\n", 1, "a rules file must be a mapping"),
        ("rules:\n  - id: x\n   when: 1\n", 3, "not YAML"),
        ("rules: &all [*all]\n", 1, "a rule must be a mapping"),
        ("rules:\n  - id: x\n    when: &c {all: [*c, *c]}\n    then: {tags: t}\n", 3, "nested conditions"),
    ],
)
def test_a_problem_is_reported_with_its_line(text: str, line: int, message: str) -> None:
    found = problems(text)

    assert any(each.startswith(f"rules.yml:{line}: ") and message in each for each in found), found


def test_all_problems_are_reported_together_in_line_order() -> None:
    found = problems("rules:\n  - id: x\n    when: {trem: a}\n    then: {tag: t}\n  - id: x\n    when: {term: a}\n")

    assert [int(each.split(":")[1]) for each in found] == [2, 3, 4, 4, 5, 5]


def test_two_rules_with_one_id_are_both_reported() -> None:
    twice = rule("{term: a}") + "  - id: one\n    when: {term: b}\n    then: {tags: x}\n"

    assert ["2 rules have the id" in each for each in problems(twice)] == [True, True]


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"rules:\n  - id: \xff\n", "2: not UTF-8"), (b" " * (MAX_BYTES + 1), f"has at most {MAX_BYTES} bytes")],
)
def test_a_binary_or_oversized_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "rules.yml"
    file.write_bytes(content)

    with pytest.raises(RulesError, match=message):
        load_rules(file, topic_names=TOPIC_NAMES)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match=r"rules\.yml: cannot be read"):
        load_rules(tmp_path / "rules.yml", topic_names=TOPIC_NAMES)


def test_deeply_nested_yaml_is_reported_as_a_problem() -> None:
    assert problems("[" * 5_000)
