"""The pictures of a story of NewsML 1, each with its caption; of alternative renditions only one."""

from __future__ import annotations

from collections.abc import Iterator

from copytaster.model.article import Image
from copytaster.parsing.safe_xml import Element, attribute, children, first, text_of
from copytaster.parsing.wire.newsml_1_story import is_equivalents_list, is_picture_role

_SMALL = ("thumb", "icon", "quicklook")
_PICTURES = frozenset(["photo", "picture", "image", "graphic"])
_LONGEST_NUMBER = 15
"""Digits; no picture has petabytes."""


def images_of_story(story: Element) -> Iterator[Image]:
    """Yield the pictures with the caption in the same component or the one around it.

    Of the renditions in one component, and of components that are equivalent, the largest is taken.
    """
    captions = _captions(story)
    groups: dict[Element, list[Element]] = {}
    for component in story.iter("{*}NewsComponent"):
        pictures = [each for each in children(component, "ContentItem") if _is_picture(each)]
        parent = component.getparent()
        holder = parent if parent is not None and is_equivalents_list(parent) else component
        if pictures:
            groups.setdefault(holder, []).extend(pictures)
    for holder, pictures in groups.items():
        best = max(pictures, key=_size)
        around = list(best.iterancestors("{*}NewsComponent"))[:2]
        found = next(filter(None, (captions.get(each) for each in [*around, holder])), "")
        caption = found or text_of(first(best.getparent(), "NewsLines/HeadLine"))
        yield Image(url=attribute(best, "Href") or None, caption=caption or None)


def _is_picture(content: Element) -> bool:
    kind = attribute(first(content, "MediaType"), "FormalName").lower()
    return kind in _PICTURES or attribute(first(content, "MimeType"), "FormalName").lower().startswith("image/")


def _size(content: Element) -> tuple[bool, int]:
    role = attribute(first(content.getparent(), "Role"), "FormalName").lower()
    characteristics = first(content, "Characteristics")
    widths = (
        attribute(each, "Value")
        for each in children(characteristics, "Property")
        if attribute(each, "FormalName").lower() == "width"
    )
    digits = next(widths, "") or text_of(first(characteristics, "SizeInBytes"))
    size = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_NUMBER else 0
    return not any(word in role for word in _SMALL), size


def _captions(story: Element) -> dict[Element | None, str]:
    """Return the first caption in each component that contains one."""
    captions: dict[Element | None, str] = {}
    for component in story.iter("{*}NewsComponent"):
        text = text_of(next(component.iter("{*}DataContent"), None)) if is_picture_role(component) else ""
        if text:
            captions.setdefault(component.getparent(), text)
    return captions
