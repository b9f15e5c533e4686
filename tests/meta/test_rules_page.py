"""The worked example of the rules' documentation gives the documented result."""

from __future__ import annotations

import json
import re
from pathlib import Path

from copytaster.model.article import Tagging
from copytaster.tagging.rules.apply import apply_rules
from copytaster.tagging.rules.load import parse_rules
from tests.factories import FROM_TEST, an_article

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
TOPIC_NAMES = {"medtop:04000000": "economy, business and finance"}


def block(kind: str) -> str:
    """Return the first block of code of a kind."""
    found = re.search(rf"^```{kind}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_the_worked_example_of_the_page_about_rules_is_what_comes_out() -> None:
    rules = parse_rules(block("yaml"), origin="rules.yml", topic_names=TOPIC_NAMES)
    title, _, text = block("text").strip().partition("\n\n")
    article = an_article(title=title, text=text, source="Coast Wire")
    found = Tagging(language="en", topics=(), entities=(), keywords=(), provenance={"language": FROM_TEST})

    tagged = apply_rules(rules, article, found)

    assert [each.model_dump(mode="json") for each in tagged.tags] == json.loads(block("json"))
    assert [(each.code, each.rule) for each in tagged.topics] == [("medtop:04000000", "harbour-strike")]
    assert tagged.ruling is None
