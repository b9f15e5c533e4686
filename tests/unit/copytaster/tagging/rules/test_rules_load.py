"""Rules from YAML: what they mean, and that every fault is said with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from copytaster.model.article import ArticleStatus
from copytaster.tagging.rules.load import load_rules, parse_rules
from copytaster.tagging.rules.located_yaml import MOST_BYTES, RulesError
from copytaster.tagging.rules.model import AllOf, Field, NamedTopic, RuleSet, Then, Words

HEADINGS = {"medtop:04000000": "economy, business and finance"}

SOUND = """\
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
    return parse_rules(text, origin="rules.yml", headings=HEADINGS)


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(RulesError) as caught:
        parse(text)
    return caught.value.faults


def rule(when: str, then: str = "{tags: x}") -> str:
    return f"rules:\n  - id: one\n    when: {when}\n    then: {then}\n"


def test_a_rule_says_where_to_look_for_what_and_what_follows() -> None:
    (read,) = parse(SOUND).rules

    assert (read.id, read.version, read.sources) == ("harbour-strike", "3", ("coast-*",))
    assert isinstance(read.when, AllOf)
    assert read.when.parts[0] == Words("docker*", ("docker",), (Field.TITLE, Field.TEXT), open_end=True)
    assert read.then == Then(
        ("labour",), (NamedTopic("medtop:04000000", "economy, business and finance"),), ArticleStatus.WITHHELD
    )


def test_a_file_without_rules_has_none() -> None:
    assert [parse(text).rules for text in ("", "# nothing yet\n", "rules: []\n", "rules:\n")] == [()] * 4
    assert parse("").version == "none"


def test_a_rule_without_a_number_gets_a_version_that_follows_what_it_says() -> None:
    first, same, other = (
        parse(text).rules[0].version
        for text in (rule("{term: ferry}"), "# a remark\n" + rule("{term:   ferry}"), rule("{term: ferries}"))
    )

    assert first == same
    assert first != other


def test_what_yaml_takes_for_numbers_and_switches_is_text_here() -> None:
    (read,) = parse(rule("{term: [2026, no]}", "{tags: [112, on]}")).rules

    assert read.then.tags == ("112", "on")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("rules:\n  - id: x\n    when: {trem: a}\n    then: {tags: t}\n", 3, "this has trem"),
        (rule("{term: a, phrase: b}"), 3, "this has term and phrase"),
        (rule("[{term: a}]"), 3, "a condition must be a mapping"),
        (rule("{all: []}"), 3, "all must be a list"),
        (rule("{term: }"), 3, "term is empty"),
        (rule("{term: '!!'}"), 3, "neither letters nor digits"),
        (rule("{term: a, fields: [titel]}"), 3, "there is no field 'titel'"),
        (rule("{regex: 'a('}"), 3, "no regular expression"),
        (rule("{regex: 'a*'}"), 3, "matches the empty text"),
        (rule("{fuzzy: harbour, distance: 3}"), 3, "distance must be 1 to 2"),
        (rule("{term: a, distance: 1}"), 3, "has no 'distance'"),
        (rule("{term: a}", "{}"), 4, "then must give"),
        (rule("{term: a}", "{status: killed}"), 4, "withheld or canceled"),
        (rule("{term: a}", "{topics: politics}"), 4, "no code of a Media Topic"),
        (rule("{term: a}", "{topics: [medtop:99999999]}"), 4, "not in the vocabulary"),
        ("rules:\n  - when: {term: a}\n    then: {tags: t}\n", 2, "must have an id"),
        ("rules:\n  - id: a b\n    when: {term: a}\n    then: {tags: t}\n", 2, "the id 'a b'"),
        ("rules:\n  - id: x\n    then: {tags: t}\n", 2, "has no when"),
        ("rules:\n  - id: x\n    when: {term: a}\n", 2, "has no then"),
        ("rules:\n  - id: x\n    id: y\n", 3, "'id' is there twice"),
        ("rules: 5\n", 1, "rules must be a list"),
        ("- id: x\n", 1, "a file of rules must be a mapping"),
        ("rules:\n  - id: x\n   when: 1\n", 3, "not YAML"),
        ("rules: &all [*all]\n", 1, "a rule must be a mapping"),
        ("rules:\n  - id: x\n    when: &c {all: [*c, *c]}\n    then: {tags: t}\n", 3, "in one another"),
    ],
)
def test_a_fault_is_said_with_its_line(text: str, line: int, said: str) -> None:
    found = faults(text)

    assert any(each.startswith(f"rules.yml:{line}: ") and said in each for each in found), found


def test_all_faults_are_said_at_once_in_the_order_of_lines() -> None:
    found = faults("rules:\n  - id: x\n    when: {trem: a}\n    then: {tag: t}\n  - id: x\n    when: {term: a}\n")

    assert [int(each.split(":")[1]) for each in found] == [2, 3, 4, 4, 5, 5]


def test_no_rule_of_a_list_may_have_the_id_of_another() -> None:
    twice = rule("{term: a}") + "  - id: one\n    when: {term: b}\n    then: {tags: x}\n"

    assert ["is given to 2 rules" in each for each in faults(twice)] == [True, True]


@pytest.mark.parametrize(
    ("content", "said"), [(b"rules:\n  - id: \xff\n", "2: not UTF-8"), (b" " * (MOST_BYTES + 1), "has more")]
)
def test_what_is_no_text_of_a_sensible_size_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "rules.yml"
    file.write_bytes(content)

    with pytest.raises(RulesError, match=said):
        load_rules(file, headings=HEADINGS)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match=r"rules\.yml: cannot be read"):
        load_rules(tmp_path / "rules.yml", headings=HEADINGS)


def test_deeply_nested_yaml_is_refused_and_breaks_nothing() -> None:
    assert faults("[" * 5_000)
