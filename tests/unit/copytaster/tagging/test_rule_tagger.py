"""The tag stage with rules behind it: what is looked for again, and what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from copytaster.model.article import Article, Tagging, Topic
from copytaster.store.ports.term_frequencies import TermFrequencies
from copytaster.tagging.fingerprint import labels_version
from copytaster.tagging.rule_tagger import RuleTagger
from copytaster.tagging.rules.active_rules import ActiveRules
from tests.factories import FROM_TEST, an_article

POLITICS = Topic(code="medtop:11000000", name="politics", score=0.7, why="vote")
PROVENANCE = dict.fromkeys(("language", "topics", "entities", "keywords"), FROM_TEST)

RULES = """\
rules:
  - id: harbour
    when: {term: harbour}
    then: {tags: [port], topics: [{code: 'medtop:20000001', name: ports}], status: withheld}
"""


@dataclass(slots=True)
class Counting:
    """Calls everything German politics, and remembers what it was asked, with the language that was declared."""

    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def tag(self, articles: Sequence[Article]) -> list[Tagging]:
        self.asked += [(each.id, each.language) for each in articles]
        made = Tagging(language="de", topics=(POLITICS,), entities=None, keywords=(), provenance=PROVENANCE)
        return [made for _ in articles]

    def learning_from(self, frequencies: TermFrequencies) -> Counting:
        del frequencies
        return self


def ruled(counting: Counting, rules: str, folder: Path, *, version: str = "v1") -> RuleTagger:
    file = folder / "rules.yml"
    file.write_text(rules)
    return RuleTagger(counting, ActiveRules(file, {}, seconds=lambda: 0.0), version)


def annotated(article: Article, tagging: Tagging) -> Article:
    return article.model_copy(update={name: getattr(tagging, name) for name in Tagging.model_fields})


def test_rules_add_to_what_was_found(tmp_path: Path) -> None:
    (tagging,) = ruled(Counting(), RULES, tmp_path).tag([an_article()])

    assert [each.name for each in tagging.topics] == ["politics", "ports"]
    assert [each.name for each in tagging.tags] == ["port"]
    assert tagging.ruling
    assert tagging.tagged_by


def test_where_only_the_rules_have_changed_nothing_is_looked_for_again(tmp_path: Path) -> None:
    counting = Counting()
    article = an_article()
    (first,) = ruled(counting, RULES, tmp_path).tag([article])

    (second,) = ruled(counting, "rules: []", tmp_path).tag([annotated(article, first)])

    assert counting.asked == [("a1", None)]
    assert (second.topics, second.tags, second.ruling) == ((POLITICS,), (), None)
    assert second.tagged_by != first.tagged_by


def test_other_models_or_another_text_are_tagged_anew_and_the_language_once_detected_is_no_evidence(
    tmp_path: Path,
) -> None:
    counting = Counting()
    article = an_article(language="en")
    (first,) = ruled(counting, RULES, tmp_path).tag([article])
    seen = annotated(article, first)

    ruled(counting, RULES, tmp_path, version="v2").tag([seen])
    ruled(counting, RULES, tmp_path).tag([seen.model_copy(update={"text": "Another."})])

    assert seen.language == "de"
    assert counting.asked == [("a1", "en")] * 3


def test_of_several_articles_each_gets_its_own_tagging(tmp_path: Path) -> None:
    counting = Counting()
    tagger = ruled(counting, RULES, tmp_path)
    known = annotated(an_article("a2"), tagger.tag([an_article("a2")])[0])
    other = an_article("a1", title="A train", text="It ran.")

    taggings = tagger.tag([other, known, an_article("a3")])

    assert [each.id for each in (other, known)] == ["a1", "a2"]
    assert [asked for asked, _ in counting.asked] == ["a2", "a1", "a3"]
    assert [bool(each.tags) for each in taggings] == [False, True, True]


def test_the_version_follows_configured_files_and_is_the_same_without_a_change(tmp_path: Path) -> None:
    model = tmp_path / "model"
    versions = [labels_version(), labels_version(), labels_version([model])]
    model.write_text("weights")
    versions.append(labels_version([model]))

    assert versions[0] == versions[1] == versions[2]
    assert versions[3] != versions[2]
