"""Changes RTF so that striprtf reads it: one document, without binary data and hidden text, all bytes as codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

_NEEDS_CHANGE = re.compile(
    r"\\(?:v|deleted)(?![A-Za-z0])|\\fcharset(?:128|129|134|136)(?!\d)|\\ansicpg(?:932|936|949|950)(?!\d)"
)
_TOKEN = re.compile(
    r"\\'(?P<hex>[0-9a-fA-F]{2})|\\(?P<word>[A-Za-z]{1,32})(?P<number>-?\d{1,10})?[ ]?|\\(?P<symbol>[^A-Za-z])"
    r"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n])|[\r\n]+",
    re.DOTALL,
)
_BINARY = re.compile(rb"(?<!\\)\\bin(\d{1,9}) ?")
_BRACE = re.compile(rb"\\[\\{}]|(?P<open>\{)(?P<signature>\\rtf\d)?|(?P<close>\})")
_FONT = re.compile(r"\\f(\d{1,6})[^{}]*?\\fcharset(\d{1,3})(?!\d)")
BRACES = re.compile(r"\\[\\{}]|[{}]")
"""Braces of groups; escaped ones, which are text, are matched with their backslash."""

_BOX_OR_END = re.compile(r"\{\\shp(?:grp)?(?![a-z])|(?P<end>\\par(?![A-Za-z])[ ]?)")
_TEXT_OF_BOX = re.compile(r"\{\\shptxt(?![a-z])")
"""A drawing or a group of them, the end of a paragraph, and the text in a drawing."""

_PAGE_EDGE = re.compile(r"\{\\(?:header|footer)[lrf]?(?![a-z])")

_CODE_PAGE = re.compile(r"\\ansicpg(\d{1,5})")
_PAIRED_PAGES = frozenset(["932", "936", "949", "950"])
_PAIRED_CHARSETS = frozenset(["128", "129", "134", "136"])
"""Code pages, and charsets of fonts, whose characters have two bytes: Japanese, Korean and both kinds of Chinese."""

_JAPANESE = frozenset(["932", "128"])

_MAC_CHARSET = re.compile(r"\\fcharset(7[89]|8[025-9])(?!\d)")
_WINDOWS_CHARSETS = {"78": "128", "79": "136", "80": "129", "82": "177", "85": "134", "87": "84", "88": "222"}
"""For charsets of Macintosh fonts that Python does not have the nearest ones: Japanese, traditional Chinese, Korean,
Hebrew, simplified Chinese, Ukrainian and Thai. Fonts for Romanian (86) and Czech (89) have the charset of the file."""

_TEXT_WORDS = frozenset([
    "par", "line", "tab", "cell", "row", "sect", "page", "u", "emdash", "endash", "emspace", "enspace", "qmspace",
    "bullet", "lquote", "rquote", "ldblquote", "rdblquote", "nestcell",
])  # fmt: skip
"""Control words that stand for characters."""


@dataclass(frozen=True, slots=True)
class _State:
    """The properties of text in a group."""

    charset: str
    hidden: bool = False
    deleted: bool = False


def without_binary(content: bytes) -> bytes:
    r"""Return the file without the bytes of its pictures, which may contain braces and control words by chance.

    ``\binN`` precedes N bytes of data (RTF 1.9.1, Pictures). Data that would be longer than the file remains.
    """
    parts, at = list[bytes](), 0
    for word in _BINARY.finditer(content):
        end = word.end() + int(word.group(1))
        if at <= word.start() and end <= len(content):
            parts.append(content[at : word.start()])
            at = end
    return b"".join([*parts, content[at:]])


def documents(content: bytes) -> list[bytes]:
    r"""Return the documents in a file; text behind a document belongs to it.

    Some systems append documents to one another. A group ``{\rtf1`` within a document is a part of it, unless the
    document is cut off: then it is never closed, and the next document begins inside it.
    """
    starts, nested, depth = list[int](), list[int](), 0
    for brace in _BRACE.finditer(content):
        if brace["signature"]:
            (nested if depth else starts).append(brace.start())
        if brace["open"]:
            depth += 1
        elif brace["close"]:
            depth = max(0, depth - 1)
            nested = nested if depth else []
    starts = sorted([*starts[1:], *nested])
    return [content[start:end] for start, end in zip([0, *starts], [*starts, len(content)], strict=True)]


def text_behind(markup: str) -> str:
    """Return what follows the end of the document, on one line; striprtf does not read it."""
    depth = 0
    for brace in BRACES.finditer(markup):
        depth += {"{": 1, "}": -1}.get(brace.group(), 0)
        if not depth and brace.group() == "}":
            return " ".join("".join(each if each.isprintable() else " " for each in markup[brace.end() :]).split())
    return ""


def end_of_group(markup: str, start: int, within: int | None = None) -> int:
    """Return the position behind the group that begins at ``start``; 0 if it is not closed in ``within`` characters."""
    depth = 0
    for brace in BRACES.finditer(markup, start, len(markup) if within is None else start + within):
        depth += {"{": 1, "}": -1}.get(brace.group(), 0)
        if not depth and brace.group() == "}":
            return brace.end()
    return 0


def page_edges(markup: str) -> Iterator[str]:
    """Yield the headers and footers of pages, which striprtf does not read, each as a document."""
    at = 0
    for edge in _PAGE_EDGE.finditer(markup):
        if edge.start() >= at and (end := end_of_group(markup, edge.start())):
            at = end
            yield f"{{\\rtf1{markup[edge.end() : end]}"


def _with_boxes_as_paragraphs(markup: str) -> str:
    r"""Return the markup with the text of each box behind the paragraph in which the box is anchored.

    striprtf skips drawings with the text in them. What older programs show in their place (``\shprslt``) repeats it.
    """
    parts, waiting, at = list[str](), list[str](), 0
    for mark in _BOX_OR_END.finditer(markup):
        if mark.start() < at:
            continue
        if mark["end"]:
            parts += [markup[at : mark.end()], *waiting]
            waiting, at = [], mark.end()
        elif end := end_of_group(markup, mark.start()):
            parts.append(markup[at : mark.start()])
            waiting += _texts_of_boxes(markup[mark.start() : end])
            at = end
        else:  # the document is cut off in this drawing
            break
    return "".join([*parts, *waiting, markup[at:]])


def _texts_of_boxes(drawing: str) -> Iterator[str]:
    at = 0
    for text in _TEXT_OF_BOX.finditer(drawing):
        if text.start() >= at:
            at = end_of_group(drawing, text.start())
            yield f"{{\\par\\pard{drawing[text.end() : at]}"


def readable(markup: str) -> str:
    """Return the markup without hidden and deleted text, and with the text of boxes in paragraphs of its own.

    The second byte of a character may be a literal letter, also a brace or backslash, which striprtf takes for text: it
    becomes a code. Charsets of fonts are those that Python has. Markup that needs no change is returned as it is.
    """
    markup = _MAC_CHARSET.sub(_with_windows_charset, markup)
    if "\\shptxt" in markup:
        markup = _with_boxes_as_paragraphs(markup)
    return "".join(_changed(markup)) if _NEEDS_CHANGE.search(markup) else markup


def _with_windows_charset(font: re.Match[str]) -> str:
    number = _WINDOWS_CHARSETS.get(font.group(1))
    return f"\\fcharset{number}" if number else ""


def _changed(markup: str) -> Iterator[str]:
    fonts = dict(_FONT.findall(markup))
    page = _CODE_PAGE.search(markup)
    state, outer = _State(page.group(1) if page else ""), list[_State]()
    default, at = state.charset, 0
    while token := _TOKEN.match(markup, at):
        at = token.end()
        if token["brace"] == "{":
            outer.append(state)
        elif token["brace"]:
            state = outer.pop() if outer else state
        elif token["word"]:
            state = _applied(state, token, fonts, default)
        if not (state.hidden or state.deleted) or not _is_text(token):
            yield token.group()
            if token["hex"] and _is_lead(int(token["hex"], 16), state.charset):
                trail, at = _trail(markup, at)
                yield trail


def _applied(state: _State, word: re.Match[str], fonts: dict[str, str], default: str) -> _State:
    name, number = word["word"], word["number"]
    match name:
        case "v":
            return replace(state, hidden=number != "0")
        case "deleted":
            return replace(state, deleted=number != "0")
        case "plain":
            return _State(default)
        case "f":
            return replace(state, charset=fonts.get(number or "", default))
        case _:
            return state


def _is_text(token: re.Match[str]) -> bool:
    return bool(token["hex"] or token["text"] or token["word"] in _TEXT_WORDS) or token["symbol"] in {
        *("\\", "{", "}", "~", "_", "-", "\n", "\r")
    }


def _is_lead(byte: int, charset: str) -> bool:
    if charset in _JAPANESE:
        return 0x81 <= byte <= 0x9F or 0xE0 <= byte <= 0xFC  # noqa: PLR2004 - the lead bytes of Shift_JIS
    return charset in _PAIRED_PAGES | _PAIRED_CHARSETS and 0x81 <= byte <= 0xFE  # noqa: PLR2004 - of the others


def _trail(markup: str, at: int) -> tuple[str, int]:
    """Return the code of the second byte of a character, and the position behind it."""
    token = _TOKEN.match(markup, at)
    if token is None:
        return "", at
    if token["hex"]:
        return token.group(), token.end()
    if markup.startswith("\\\\'", at):
        # A backslash that is the byte itself, in front of the next code.
        return "\\'5c", at + 1
    byte = token["text"] or (token["symbol"] if token["symbol"] in {"\\", "{", "}"} else "")
    if byte and 0x40 <= ord(byte) <= 0x7E:  # noqa: PLR2004 - the second bytes that are ASCII
        return f"\\'{ord(byte):02x}", token.end()
    return "", at
