"""Field maps: the names of an object that contain the fields of an article, built in or set by the operator."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from copytaster.errors import ConfigurationError

SETTING = "COPYTASTER_FIELD_MAP"


@dataclass(frozen=True, slots=True)
class FieldMap:
    """The paths of each field of an article, in order of precedence.

    A path is a name, or names separated by dots for nested objects (``author.name``); in XML by slashes too, with an
    attribute at the end (``author/@name``). Case, underscores and hyphens do not matter. ``origin`` is the prefix of
    the field's source in the provenance.
    """

    origin: str
    paths: Mapping[str, tuple[str, ...]]

    def changed(self, paths: Mapping[str, tuple[str, ...]]) -> FieldMap:
        """Return this map with other paths for some fields."""
        return FieldMap(self.origin, MappingProxyType({**self.paths, **paths}))

    @property
    def names(self) -> frozenset[str]:
        """The first name of every path, folded."""
        return frozenset(folded(path.partition(".")[0]) for paths in self.paths.values() for path in paths)


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """Return a name in lower case without underscores and hyphens: ``pub_date`` and ``PUB-DATE`` are ``pubdate``."""
    return name.lower().replace("_", "").replace("-", "")


def _paths(paths: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """Return a map of paths from one with the paths of each field separated by spaces."""
    return MappingProxyType({field: tuple(line.split()) for field, line in paths.items()})


PLAIN = FieldMap(
    "json",
    _paths(
        {
            "title": "headline title",
            "text": (
                "body_html content_html body_xhtml article_html html_body body_text content_text article_body body"
                " content text full_text main_text maintext article_text article story"
            ),
            "summary": "summary abstract teaser standfirst lead lede excerpt dek description",
            "byline": "byline",
            "authors": "authors author creators creator writers writer byline by",
            "dateline": "dateline",
            "publisher": "source.name source source_name publisher.name publisher provider site_name outlet agency",
            "url": "canonical_url url link permalink web_url href source_url",
            "language": "language lang in_language language_code",
            "published_at": (
                "published_at published date_published publish_date date_publish publication_date pub_date"
                " first_published created_at date datetime timestamp created"
            ),
            "modified_at": "modified_at modified date_modified updated_at updated date_updated last_modified",
            "guid": "guid uuid id _id article_id uri identifier",
            "guid_version": "guid_version version",
            "embargoed_until": "embargoed_until embargo_until embargoed embargo",
            "status": (
                "pubstatus publishing_status publication_status post_status status @status"
                " draft is_draft published is_published"
            ),
            "slugline": "slugline",
            "urgency": "urgency",
            "note": "ednote editors_note",
            "keywords": "keywords tags categories category section topics",
            "images": "images image image_url url_to_image top_image thumbnail photo",
        }
    ),
)
"""Names that scrapers, news APIs and exports of content systems commonly use."""

JSON_FEED = FieldMap(
    "json-feed",
    _paths(
        {
            "title": "title",
            "text": "content_html content_text",
            "summary": "summary",
            "authors": "authors author",
            "url": "url external_url",
            "language": "language",
            "published_at": "date_published",
            "modified_at": "date_modified",
            "guid": "id",
            "keywords": "tags",
            "images": "image banner_image",
        }
    ),
)
"""Version 1.1 of the format, with the single author of 1.0."""

SCHEMA_ORG = FieldMap(
    "json-ld",
    _paths(
        {
            "title": "headline name alternativeHeadline",
            "text": "articleBody text",
            "summary": "description abstract",
            "authors": "author creator",
            "dateline": "dateline",
            "publisher": "publisher.name publisher sourceOrganization.name provider.name",
            "url": "mainEntityOfPage.@id mainEntityOfPage url @id",
            "language": "inLanguage",
            "published_at": "datePublished dateCreated uploadDate",
            "modified_at": "dateModified",
            "guid": "identifier",
            "status": "creativeWorkStatus",
            "keywords": "keywords articleSection",
            "images": "image thumbnailUrl",
        }
    ),
)
"""The properties of NewsArticle that have a field in the article model."""


def load_field_map(file: Path | None) -> FieldMap:
    """Return the map for plain objects, changed by the operator's YAML or JSON file if there is one.

    The file has one path or a list of paths for each field; the other fields keep the built-in paths. Raises
    ``ConfigurationError``, which names the file and each wrong entry.
    """
    if file is None:
        return PLAIN
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{SETTING}: {file} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise ConfigurationError(f"{SETTING}: {file} is neither YAML nor JSON: {error}") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"{SETTING}: {file} must contain the names of fields, each with its path or paths")
    if faults := [fault for field, paths in content.items() for fault in _faults(field, paths)]:
        raise ConfigurationError(f"{SETTING}: {file} cannot be used:\n  " + "\n  ".join(faults))
    return PLAIN.changed({field: _listed(paths) for field, paths in content.items()})


def _faults(field: Any, paths: Any) -> list[str]:
    if field not in PLAIN.paths:
        close = difflib.get_close_matches(str(field), PLAIN.paths, n=1)
        hint = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(PLAIN.paths)}"
        return [f"there is no field {field!r}{hint}"]
    wrong = [
        path
        for path in (paths if isinstance(paths, list) else [paths])
        if not isinstance(path, str) or not all(re.split("[./]", path.removeprefix("/")))
    ]
    return [f"{field}: {path!r} is no path such as author, author.name or author/@name" for path in wrong]


def _listed(paths: str | list[str]) -> tuple[str, ...]:
    return (paths,) if isinstance(paths, str) else tuple(paths)
