"""Writes a generated article in every format whose end the watcher recognises."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable, Mapping
from html import escape
from itertools import accumulate

from benchmarks.chaos.articles import GeneratedArticle

DAY = "2026-11-23T10:15:00Z"

Format = Callable[[GeneratedArticle], bytes]


def _paragraphs(article: GeneratedArticle) -> str:
    return "\n".join(f"<p>{escape(each)}</p>" for each in article.text.split("\n\n"))


def _newsml(article: GeneratedArticle) -> bytes:
    meta = f"<itemMeta><versionCreated>{DAY}</versionCreated></itemMeta>"
    head = f"<contentMeta><headline>{escape(article.title)}</headline></contentMeta>"
    page = f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{_paragraphs(article)}</body></html>'
    body = f'<contentSet><inlineXML contenttype="application/xhtml+xml">{page}</inlineXML></contentSet>'
    item = (
        f'<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:x:{sum(article.title.encode())}" version="1">'
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{item}\n{meta}\n{head}\n{body}\n</newsItem>\n'.encode()


def _nitf(article: GeneratedArticle) -> bytes:
    head = (
        f'<head><title>{escape(article.title)}</title><docdata><date.issue norm="20261123T101500Z"/></docdata></head>'
    )
    top = f"<body.head><hedline><hl1>{escape(article.title)}</hl1></hedline></body.head>"
    body = f"<body>{top}<body.content>\n{_paragraphs(article)}\n</body.content></body>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<nitf>\n{head}\n{body}\n</nitf>\n'.encode()


def _rss(article: GeneratedArticle) -> bytes:
    item = f"<item><title>{escape(article.title)}</title><description>{escape(article.text)}</description></item>"
    channel = f"<channel><title>Made up</title>\n{item}\n</channel>"
    return f'<?xml version="1.0"?>\n<rss version="2.0">{channel}</rss>\n'.encode()


def _json(article: GeneratedArticle) -> bytes:
    story = {"headline": article.title, "versioncreated": DAY, "body_text": article.text}
    return json.dumps(story, indent=1).encode()


def _json_lines(article: GeneratedArticle) -> bytes:
    lines = [{"title": f"{article.title}, part {number}", "text": article.text[number:]} for number in range(1, 4)]
    return "".join(f"{json.dumps(each)}\n" for each in lines).encode()


def _mail(article: GeneratedArticle) -> bytes:
    head = "From: desk@example.org\nTo: news@example.org\nDate: Mon, 23 Nov 2026 10:15:00 +0000\nMIME-Version: 1.0"
    return f"{head}\nContent-Type: text/plain; charset=utf-8\nSubject: {article.title}\n\n{article.text}\n".encode()


def _wire(article: GeneratedArticle) -> bytes:
    return f"\x01mup0012 4 pl 231 MUP 4711\n\x02{article.title}\n\n{article.text}\n\x03\x04\n".encode()


def _pdf(article: GeneratedArticle) -> bytes:
    words = article.text.replace("(", "").replace(")", "").split()
    lines = [" ".join(words[start : start + 12]) for start in range(0, len(words), 12)]
    shown = "\n".join(f"({each}) Tj T*" for each in (article.title, *lines))
    text = f"BT /F1 11 Tf 14 TL 40 780 Td\n{shown}\nET"
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    page = f"/MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 {font} >> >>"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R {page} >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
    ]
    parts = ["%PDF-1.4\n", *(f"{number} 0 obj\n{each}\nendobj\n" for number, each in enumerate(objects, 1))]
    starts = list(accumulate(map(len, parts)))
    table = "".join(f"{start:010} 00000 n \n" for start in starts[:-1])
    end = f"trailer\n<< /Size {len(parts)} /Root 1 0 R >>\nstartxref\n{starts[-1]}\n%%EOF\n"
    return f"{''.join(parts)}xref\n0 {len(parts)}\n0000000000 65535 f \n{table}{end}".encode("ascii")


def _zip(article: GeneratedArticle) -> bytes:
    with zipfile.ZipFile(file := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("story.xml"), _newsml(article))
        archive.writestr(zipfile.ZipInfo("story.txt"), article.content)
    return file.getvalue()


FORMATS: Mapping[str, Format] = {
    "txt": lambda article: article.content,
    "html": lambda article: article.page,
    "xml": _newsml,
    "nitf": _nitf,
    "rss": _rss,
    "json": _json,
    "jsonl": _json_lines,
    "eml": _mail,
    "iptc": _wire,
    "pdf": _pdf,
    "gz": lambda article: gzip.compress(article.content, mtime=0),
    "bz2": lambda article: bz2.compress(article.content),
    "xz": lambda article: lzma.compress(article.content),
    "zip": _zip,
}
"""The function that writes an article as a file, by extension."""
