"""Elements for controls and navigation that contain a story."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.parsing.html.parser import HtmlParser
from copytaster.parsing.original import Original

STORY = "".join(
    f"<p>The {name} of the lighthouse was painted by the keepers, who began in May and ended in late June.</p>"
    for name in ("tower", "gallery", "lantern", "door")
)
MENU = "".join(f"<li><a href=/{name}>{name}</a></li>" for name in ("home", "sport", "weather", "tides"))


def text_of(body: str) -> str:
    page = f"<html><head><title>Lighthouse painted</title></head><body>{body}</body></html>"
    [draft] = HtmlParser().parse(Original(name="p.html", content=page.encode(), now=datetime(2026, 6, 1, tzinfo=UTC)))
    return draft.text


@pytest.mark.parametrize("tag", ["button", "label", "nav", "aside", "footer", "menu", "dialog", "noscript"])
def test_an_element_without_an_end_does_not_hide_the_story(tag: str) -> None:
    text = text_of(f"<{tag} class=menu-open>Menu<div><h1>Lighthouse painted</h1>{STORY}</div>")

    assert text.count("of the lighthouse was painted") == 4


@pytest.mark.parametrize("tag", ["nav", "aside", "footer"])
def test_an_element_with_a_small_part_of_the_text_is_left_out(tag: str) -> None:
    text = text_of(f"<{tag}><ul>{MENU}</ul><p>Tides of the day are on page four.</p></{tag}><main>{STORY}</main>")

    assert "Tides of the day" not in text
    assert text.count("of the lighthouse was painted") == 4
