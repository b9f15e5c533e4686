"""Writes stories as pages of a web site, with the furniture that makes up most of a real one."""

from __future__ import annotations

import json
import random
from html import escape

from benchmarks.pipeline import words
from benchmarks.pipeline.stories import Story

SITE = "The Kestrel Post"

SCRIPT = "window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}gtag('js',new Date());"

SCRIPTS, TEASERS, COMMENTS, LINKS = 30, 48, 20, 70
"""How often each kind of furniture occurs: together with the text the page has 30 KB."""


def web_page(story: Story) -> bytes:
    """Return a page with metadata, navigation, the story, teasers of other stories, comments and scripts."""
    chance = random.Random(story.number)
    title = escape(story.title)
    text = "\n".join(f"<p>{escape(each, quote=False)}</p>" for each in story.paragraphs)
    main = (
        f'<main><article class="story"><header><h1>{title}</h1><p class="byline">By <a rel="author" href="/by/'
        f'{story.number}">{story.reporter}</a></p><time datetime="{story.at.isoformat()}">{story.at:%d %B %Y}</time>'
        f'</header><div class="story-body">{text}</div></article></main>'
    )
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head>{_head(story, title)}</head><body>',
        f'<header class="site"><a href="/">{SITE}</a><nav><ul>{_links(chance)}</ul></nav></header>',
        '<div class="cookie-banner"><p>We use cookies to improve your experience.</p><button>Accept</button></div>',
        main,
        f'<aside class="related"><h2>Most read</h2>{"".join(_teaser(chance) for _ in range(TEASERS))}</aside>',
        f'<section id="comments"><h2>Comments</h2>{"".join(_comment(chance) for _ in range(COMMENTS))}</section>',
        f"<footer><ul>{_links(chance)}</ul><p>Copyright {story.at.year} {SITE}. All rights reserved.</p></footer>",
        "".join(f"<script>/* {number} */{SCRIPT}</script>" for number in range(SCRIPTS)),
        "</body></html>\n",
    ]
    return "\n".join(parts).encode()


def _head(story: Story, title: str) -> str:
    address = f"https://post.kestrel.example/{story.at:%Y/%m/%d}/{story.slug.lower()}"
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.title,
        "datePublished": story.at.isoformat(),
        "author": {"@type": "Person", "name": story.reporter},
        "publisher": {"@type": "Organization", "name": SITE},
    }
    return (
        f'<meta charset="utf-8"><title>{title} | {SITE}</title><link rel="canonical" href="{address}">'
        f'<meta property="og:title" content="{title}"><meta property="og:type" content="article">'
        f'<meta property="og:site_name" content="{SITE}"><meta property="og:url" content="{address}">'
        f'<meta property="article:published_time" content="{story.at.isoformat()}">'
        f'<script type="application/ld+json">{json.dumps(data)}</script>'
    )


def _links(chance: random.Random) -> str:
    names = (f"{chance.choice(words.PLACES)} {chance.choice(words.BODIES)}" for _ in range(LINKS))
    return "".join(
        f'<li class="nav-item"><a href="/section/{number}">{name}</a></li>' for number, name in enumerate(names)
    )


def _teaser(chance: random.Random) -> str:
    topic = chance.choice(words.TOPICS)
    title = f"{chance.choice(topic.actors)} {chance.choice(topic.verbs)} {chance.choice(topic.things)}".capitalize()
    picture = f'<img src="/img/{chance.randrange(10**6)}.jpg" alt="" width="300" height="200" loading="lazy">'
    return f'<div class="teaser"><a href="/{chance.randrange(10**6)}">{picture}<h3>{title}</h3></a></div>'


def _comment(chance: random.Random) -> str:
    who = f"{chance.choice(words.GIVEN)}{chance.randrange(100)}"
    said = (
        f"I do not believe that {chance.choice(words.TOPICS).actors[0]} would do this {chance.choice(words.ADJUNCTS)}."
    )
    return f'<div class="comment"><span class="user">{who}</span><p>{said}</p><a href="#reply">Reply</a></div>'
