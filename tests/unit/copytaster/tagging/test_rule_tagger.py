"""The tag stage followed by rules: which labels are found again, and which are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from copytaster.model.article import Article, ArticleStatus, Tagging, Topic
from copytaster.model.article_labels import annotated
from copytaster.model.delivery import DeliveryId
from copytaster.store.memory.articles import MemoryArticles
from copytaster.store.ports.term_frequencies import TermFrequencies
from copytaster.tagging.fingerprint import labels_version
from copytaster.tagging.given_up import given_up
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

OF_ANOTHER_SOURCE = RULES.replace("    when:", "    sources: [elsewhere]\n    when:")


@dataclass(slots=True)
class RecordingTagger:
    """Labels every article as German and politics; records the articles with their declared languages."""

    calls: list[tuple[str, str | None]] = field(default_factory=list)

    def tag(self, articles: Sequence[Article]) -> list[Tagging]:
        self.calls += [(each.id, each.language) for each in articles]
        tagging = Tagging(language="de", topics=(POLITICS,), entities=None, keywords=(), provenance=PROVENANCE)
        return [tagging for _ in articles]

    def give_up(self, article: Article, attempts: int) -> Tagging:
        return given_up(article, attempts)

    def with_frequencies(self, frequencies: TermFrequencies) -> RecordingTagger:
        del frequencies
        return self


def rule_tagger(recording: RecordingTagger, rules: str, folder: Path, *, version: str = "v1") -> RuleTagger:
    file = folder / "rules.yml"
    file.write_text(rules)
    return RuleTagger(recording, ActiveRules(file, {}, seconds=lambda: 0.0), version)


def test_rules_add_labels_to_the_detected_ones(tmp_path: Path) -> None:
    (tagging,) = rule_tagger(RecordingTagger(), RULES, tmp_path).tag([an_article()])

    assert [each.name for each in tagging.topics] == ["politics", "ports"]
    assert [each.name for each in tagging.tags] == ["port"]
    assert tagging.ruling
    assert tagging.tagged_by


def test_changed_rules_alone_do_not_run_the_tag_stage_again(tmp_path: Path) -> None:
    recording = RecordingTagger()
    article = an_article()
    (first,) = rule_tagger(recording, RULES, tmp_path).tag([article])

    (second,) = rule_tagger(recording, "rules: []", tmp_path).tag([annotated(article, first)])

    assert recording.calls == [("a1", None)]
    assert (second.topics, second.tags, second.ruling) == ((POLITICS,), (), None)
    assert second.tagged_by != first.tagged_by


def test_rules_that_have_ended_are_no_longer_the_provenance_of_the_tags(tmp_path: Path) -> None:
    recording = RecordingTagger()
    store = MemoryArticles()
    store.create(an_article(), owner=DeliveryId("d1"))
    for rules in (RULES, "rules: []"):
        (article,) = store.get_many([an_article().id])
        (tagging,) = rule_tagger(recording, rules, tmp_path).tag([article])
        store.annotate(article.id, article.version, tagging)

    (article,) = store.get_many([an_article().id])

    assert (article.tags, article.ruling, article.provenance["tags"].from_) == ((), None, "rules:none")


def test_a_new_version_or_text_is_tagged_again_from_the_declared_language(
    tmp_path: Path,
) -> None:
    recording = RecordingTagger()
    article = an_article(language="en")
    (first,) = rule_tagger(recording, RULES, tmp_path).tag([article])
    tagged = annotated(article, first)

    rule_tagger(recording, RULES, tmp_path, version="v2").tag([tagged])
    rule_tagger(recording, RULES, tmp_path).tag([tagged.model_copy(update={"text": "Another."})])

    assert tagged.language == "de"
    assert recording.calls == [("a1", "en")] * 3


def test_an_article_that_cannot_be_tagged_is_withheld_if_a_rule_might_have_set_a_status(tmp_path: Path) -> None:
    tagging = rule_tagger(RecordingTagger(), RULES, tmp_path).give_up(an_article(), 3)

    assert tagging.ruling
    assert (tagging.ruling.status, tagging.ruling.rule) == (ArticleStatus.WITHHELD, "harbour")
    assert tagging.ruling.why == "tagging failed 3 times, so that it is not known whether it matches"
    assert (tagging.tags, tagging.tagged_by) == ((), None)


@pytest.mark.parametrize("rules", ["rules: []", RULES.replace(", status: withheld", ""), OF_ANOTHER_SOURCE])
def test_an_article_that_cannot_be_tagged_is_not_withheld_if_no_rule_for_it_has_a_status(
    rules: str, tmp_path: Path
) -> None:
    assert rule_tagger(RecordingTagger(), rules, tmp_path).give_up(an_article(), 3).ruling is None


def test_an_article_that_the_same_rules_have_seen_keeps_what_they_found_when_its_tagging_is_given_up(
    tmp_path: Path,
) -> None:
    other = RULES.replace("{term: harbour}", "{term: nowhere}")
    tagger = rule_tagger(RecordingTagger(), other, tmp_path)
    tagged = annotated(an_article(), tagger.tag([an_article()])[0])

    assert tagger.give_up(tagged, 3).ruling is None
    assert rule_tagger(RecordingTagger(), RULES, tmp_path).give_up(tagged, 3).ruling


def test_each_of_several_articles_gets_its_own_tagging(tmp_path: Path) -> None:
    recording = RecordingTagger()
    tagger = rule_tagger(recording, RULES, tmp_path)
    current = annotated(an_article("a2"), tagger.tag([an_article("a2")])[0])
    other = an_article("a1", title="A train", text="It ran.")

    taggings = tagger.tag([other, current, an_article("a3")])

    assert [each.id for each in (other, current)] == ["a1", "a2"]
    assert [article_id for article_id, _ in recording.calls] == ["a2", "a1", "a3"]
    assert [bool(each.tags) for each in taggings] == [False, True, True]


def test_the_version_changes_only_when_a_configured_file_changes(tmp_path: Path) -> None:
    model = tmp_path / "model"
    versions = [labels_version(), labels_version(), labels_version([model])]
    model.write_text("weights")
    versions.append(labels_version([model]))

    assert versions[0] == versions[1] == versions[2]
    assert versions[3] != versions[2]
