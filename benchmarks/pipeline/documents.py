"""Writes stories as agencies send them: plain text with a header, NITF, NewsML-G2, JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape

from benchmarks.pipeline.stories import AGENCY, Story


def wire_text(story: Story) -> bytes:
    """Return a text with headline, byline, dateline and credits."""
    head, *rest = story.paragraphs
    body = "\n\n".join([story.dateline + head, *rest])
    end = f"(Reporting by {story.reporter}; editing by {story.editor})"
    return f"{story.title}\n\n\nBy {story.reporter}\n\n{body}\n\n{end}\n".encode()


def nitf(story: Story) -> bytes:
    """Return a NITF document."""
    stamp, title = f"{story.at:%Y%m%dT%H%M%SZ}", escape(story.title)
    head = (
        f'<head><title>{title}</title><docdata><doc-id id-string="{story.slug.lower()}"/><urgency ed-urg="4"/>'
        f'<date.issue norm="{stamp}"/><du-key key="{story.slug}"/><doc.copyright holder="{AGENCY}"/>'
        f"<identified-content><location>{story.place}</location></identified-content></docdata></head>"
    )
    top = (
        f"<body.head><hedline><hl1>{title}</hl1></hedline><byline>By {story.reporter}</byline>"
        f"<dateline><location>{story.place}</location></dateline></body.head>"
    )
    body = f"<body>{top}<body.content>\n{_paragraphs(story)}\n</body.content></body>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<nitf>\n{head}\n{body}\n</nitf>\n'.encode()


def newsml(story: Story) -> bytes:
    """Return a NewsML-G2 item."""
    stamp, title = f"{story.at:%Y-%m-%dT%H:%M:%SZ}", escape(story.title)
    guid = f"urn:newsml:kestrel.example:{story.at:%Y%m%d}:{story.slug.lower()}"
    meta = (
        f'<itemMeta><itemClass qcode="ninat:text"/><provider literal="kestrel"><name>{AGENCY}</name></provider>'
        f'<versionCreated>{stamp}</versionCreated><pubStatus qcode="stat:usable"/></itemMeta>'
    )
    content = (
        f"<contentMeta><urgency>4</urgency><contentCreated>{stamp}</contentCreated>"
        f"<located><name>{story.place}</name></located><creator><name>{story.reporter}</name></creator>"
        f'<language tag="en"/><headline>{title}</headline><slugline>{story.slug}</slugline></contentMeta>'
    )
    page = f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{_paragraphs(story)}</body></html>'
    body = f'<contentSet><inlineXML contenttype="application/xhtml+xml">{page}</inlineXML></contentSet>'
    item = f'<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="{guid}" version="1" xml:lang="en">'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{item}\n{meta}\n{content}\n{body}\n</newsItem>\n'.encode()


def json_story(story: Story) -> bytes:
    """Return the JSON of a content management system."""
    document = {
        "headline": story.title,
        "slugline": story.slug,
        "versioncreated": f"{story.at:%Y-%m-%dT%H:%M:%SZ}",
        "byline": f"By {story.reporter}",
        "located": story.place,
        "language": "en",
        "body_html": _paragraphs(story),
    }
    return json.dumps(document, indent=1).encode()


DOCUMENTS: tuple[Callable[[Story], bytes], ...] = (nitf, newsml, json_story)
"""The formats of the mix ``news``, in turn."""


def _paragraphs(story: Story) -> str:
    return "\n".join(f"<p>{escape(each, quote=False)}</p>" for each in story.paragraphs)
