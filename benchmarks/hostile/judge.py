"""Compares how a file ended with the expectation."""

from __future__ import annotations

import json
import re
from pathlib import Path

from benchmarks.hostile.run import Ended
from benchmarks.visible import without_invisible
from copytaster.model.article import Article
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import clean
from copytaster.store.store import Store

SANDBOX_DEATHS = frozenset({Reason.PARSER_CRASH, Reason.PARSER_TIMEOUT, Reason.PARSER_OOM})

EXPANDED = 20
"""Multiple of the file's size; a longer text came from entities or an archive."""

_SAFE_ID = re.compile(r"[0-9a-z]+")
_FOREIGN = re.compile(r"root:x:0:0|bin/(?:ba)?sh\b")
"""Content of the system files that the attacks try to read."""


def objection(ended: Ended, store: Store, data: Path) -> str | None:
    """Return how the outcome of a file differs from the expectation; None if it does not differ."""
    delivery = ended.delivery
    if delivery.disposition is None:
        return "has no disposition"
    if not ended.figures:
        return "the worker died while processing it"
    if delivery.reason in SANDBOX_DEATHS:
        return f"{delivery.reason.value}: {delivery.message}"
    articles = store.articles.get_many(list(delivery.article_ids))
    if any(not _SAFE_ID.fullmatch(each.id) for each in articles):
        return "an id that is not safe in a key or path"
    return _unexpected(ended, articles, data)


def _unexpected(ended: Ended, articles: list[Article], data: Path) -> str | None:
    delivery, expect = ended.delivery, ended.row.expect
    if "must be rejected" in expect and articles:
        return f"became an article: {articles[0].title[:60]!r}"
    if "must parse" in expect and delivery.reason is Reason.PARSE_FAILED:
        return f"rejected as broken: {delivery.message}"
    if "entity expansion" in expect:
        return _expanded(articles, delivery.size)
    if "text unchanged" in expect:
        return _changed(articles, json.loads((data / ended.row.file).read_text(encoding="utf-8")))
    return None


def _expanded(articles: list[Article], size: int) -> str | None:
    for each in articles:
        if len(each.text) > EXPANDED * size or _FOREIGN.search(each.text):
            return f"the content of an entity was included: {each.text[:60]!r}"
    return None


def _changed(articles: list[Article], written: dict[str, str]) -> str | None:
    if not articles:
        return "is not stored"
    title, text = _shown(written["headline"]), _shown(written["body"])
    if title and _shown(articles[0].title) != title:
        return f"title: {articles[0].title[:60]!r} for {title[:60]!r}"
    return None if _shown(articles[0].text) == text else f"text: {_difference(_shown(articles[0].text), text)}"


def _shown(text: str) -> str:
    """Return the visible text: without control codes and invisible characters, with single spaces."""
    return " ".join(without_invisible(clean(text)).split())


def _difference(ours: str, theirs: str) -> str:
    at = next((at for at, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other), len(ours))
    return f"{ours[max(0, at - 15) : at + 25]!r} for {theirs[max(0, at - 15) : at + 25]!r}"
