"""Stories for people: a list, one with its timeline, and what people decided about it."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from copytaster.model.printable_text import escape
from copytaster.model.story_decision import StoryDecision, StoryDecisionKind
from copytaster.stories.evidence import in_words
from copytaster.stories.story import Story, StoryMember, StorySummary
from copytaster.stories.timeline import StoryLead, TimelineEntry, timeline
from copytaster_cli.rendering.output import fields, table

NO_HEADLINE = "(no article of this story may be shown)"


def stories_table(stories: Iterable[StorySummary]) -> Table:
    """Return one row for each story."""
    return table(
        "STORY",
        "STATE",
        "SINCE",
        "LAST CHANGE",
        "ARTICLES",
        "COPIES",
        "SOURCES",
        "HEADLINE",
        rows=(
            (
                each.id,
                each.state,
                each.first_seen,
                each.last_seen,
                each.articles,
                each.copies,
                len(each.sources),
                each.headline or NO_HEADLINE,
            )
            for each in stories
        ),
    )


def story_page(story: Story, lead: StoryLead | None) -> RenderableType:
    """Return headline and lead, the facts, and the timeline with what each article added and why it is there."""
    return Group(
        Text(escape(story.headline or NO_HEADLINE), style="bold"),
        *([Text(escape(lead.paragraph))] if lead else []),
        Text(),
        fields(
            id=story.id,
            state=story.state,
            headline_by=story.headline_by,
            first_seen=story.first_seen,
            last_seen=story.last_seen,
            articles=f"{story.articles} and {story.copies} copies",
            velocity=f"{story.velocity:g} an hour",
            sources=", ".join(story.sources),
            names=", ".join(story.names),
            topics=", ".join(each.name for each in story.topics),
            in_other_languages=", ".join(f"{each.story_id} ({each.language}, {each.score:g})" for each in story.links),
        ),
        Text(),
        _timeline(timeline(story.members)),
    )


def decisions_table(decisions: Iterable[StoryDecision]) -> Table:
    """Return one row for each decision about a story."""
    rows = (
        (
            each.id,
            each.at,
            each.by,
            each.headline if each.kind is StoryDecisionKind.HEADLINE else _moved(each),
            each.reason,
            f"{each.undone.by}, {each.undone.at:%Y-%m-%d %H:%M}Z" if each.undone else None,
        )
        for each in decisions
    )
    return table("DECISION", "AT", "BY", "WHAT", "REASON", "UNDONE BY", rows=rows)


def _timeline(entries: Iterable[TimelineEntry]) -> Table:
    return table(
        "RECEIVED",
        "SOURCE",
        "ARTICLE",
        "COPIES",
        "WHAT WAS NEW",
        "WHY IT IS HERE",
        rows=(
            (
                member.received_at,
                member.source,
                member.article_id,
                len(entry.copies) if member is entry.first and entry.copies else None,
                _news(member),
                in_words(member.evidence),
            )
            for entry in entries
            for member in entry.articles
        ),
    )


def _news(member: StoryMember) -> str:
    if member.title is None:
        return "(an article that may not be used)"
    return " ".join(member.new) or f"(nothing new) {member.title}"


def _moved(decision: StoryDecision) -> str:
    return f"{len(decision.articles)} articles from {decision.story_id} to {decision.into}"
