"""From settings to the user's rules and the current versions of labels and rules, without loading a model."""

from __future__ import annotations

import time
from pathlib import Path

from copytaster.retagging.retag import CurrentVersions
from copytaster.settings import Settings
from copytaster.tagging.fingerprint import labels_version
from copytaster.tagging.rules.active_rules import ActiveRules
from copytaster.tagging.rules.load import load_rules
from copytaster.tagging.rules.model import RuleSet
from copytaster.tagging.topics.taxonomy import load_taxonomy


def open_rules(settings: Settings) -> ActiveRules:
    """Return the configured rules. Raises ``ConfigurationError`` naming the line of each error in them."""
    return ActiveRules(settings.rules, topic_names(settings), seconds=time.monotonic)


def read_rules(settings: Settings, file: Path) -> RuleSet:
    """Return the rules of another file. Raises ``RulesError``."""
    return load_rules(file, topic_names=topic_names(settings))


def topic_names(settings: Settings) -> dict[str, str]:
    """Return the names of the Media Topics by code."""
    headings = load_taxonomy(settings.taxonomy).headings
    return {code: heading.name for code, heading in headings.items()}


def open_labels_version(settings: Settings) -> str:
    """Return the version of the models, vocabulary and code that produce labels."""
    return labels_version(path for path in (settings.taxonomy, settings.topic_model) if path)


def open_current_versions(settings: Settings) -> CurrentVersions:
    """Return the versions of labels and rules with which articles are tagged now."""
    return CurrentVersions(labels=open_labels_version(settings), rules=open_rules(settings).current().version)
