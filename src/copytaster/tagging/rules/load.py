"""Loads rules from YAML and validates them; every problem is reported with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import regex
from yaml.nodes import MappingNode, Node, SequenceNode

from copytaster.model.article import ArticleStatus
from copytaster.tagging.rules.located_yaml import NodeReader, RulesError, compose, read_text
from copytaster.tagging.rules.model import (
    DEFAULT_FIELDS,
    Actions,
    AllOf,
    AnyOf,
    Condition,
    Field,
    MatchType,
    NamedTopic,
    Not,
    Pattern,
    Rule,
    RuleSet,
    WordSequence,
    content_version,
)
from copytaster.tagging.rules.rule_fields import IN_WORD, WORD, folded, is_unspaced

MAX_DEPTH = 20
"""Nesting of conditions: people get lost at five, and without a limit an alias could contain itself."""

MAX_CONDITIONS = 20_000
"""Conditions in one file, counting each use of an alias: a few lines of aliases can expand to billions."""

MAX_DISTANCE = 2
"""Edits in one word: with three, "strike" matches "bribe"."""

RULE_KEYS = ("id", "version", "sources", "fields", "when", "then")
THEN_KEYS = ("tags", "topics", "status")
GROUP_KEYS = ("all", "any", "not")
MATCH_KEYS = tuple(match_type.value for match_type in MatchType)
CONDITION_KEYS = (*GROUP_KEYS, *MATCH_KEYS)
STATUSES = {each.value: each for each in (ArticleStatus.WITHHELD, ArticleStatus.CANCELED)}
LEAF_KEYS = {key: (key, "fields", "distance") if key == MatchType.FUZZY else (key, "fields") for key in MATCH_KEYS}

COMPILED_SECONDS = 0.25
"""The time limit for an expression over the empty text: one that calls itself without reading a letter has no end."""

_NOT_USABLE = (regex.error, ValueError, OverflowError, RecursionError, MemoryError, TimeoutError)
"""What the package ``regex`` raises for an expression: its own error is only one of several."""

_ID = regex.compile(r"[A-Za-z0-9][\w.:-]{0,99}")
_TOPIC_CODE = regex.compile(r"medtop:\d{8}")


def load_rules(path: Path, *, topic_names: Mapping[str, str], may_be_empty: bool = True) -> RuleSet:
    """Return the rules of a file; ``topic_names`` has the names of Media Topics by code. Raises ``RulesError``.

    A file that was replaced by an empty one is being written, or its disk is full: nobody means to drop all rules so.
    """
    text = read_text(path)
    if not (may_be_empty or text.strip()):
        raise RulesError((f"{path}:1: the file is empty; to have no rules write `rules: []`",))
    return parse_rules(text, origin=str(path), topic_names=topic_names)


def parse_rules(text: str, *, origin: str, topic_names: Mapping[str, str]) -> RuleSet:
    """Return the rules of a YAML text. Raises ``RulesError`` with every problem and its line."""
    root = compose(text, origin=origin)
    if root is None:
        return RuleSet(origin=origin)
    reader = _RulesReader(NodeReader(origin), topic_names)
    rules = reader.rules(root)
    reader.nodes.raise_problems()
    return RuleSet(rules, origin)


@dataclass(slots=True)
class _RulesReader:
    nodes: NodeReader
    topic_names: Mapping[str, str]
    conditions: int = 0

    def rules(self, root: Node) -> tuple[Rule, ...]:
        listed = self.nodes.mapping(root, keys=("rules",), what="a rules file").get("rules")
        if listed is None:
            return ()
        if not isinstance(listed, SequenceNode):
            self.nodes.add_problem(listed, "rules must be a list: begin each rule with a hyphen")
            return ()
        rules = [self._rule(node) for node in listed.value]
        counts = Counter(rule.id for rule in rules if rule.id)
        for node, rule in zip(listed.value, rules, strict=True):
            if counts[rule.id] > 1:
                self.nodes.add_problem(node, f"{counts[rule.id]} rules have the id {rule.id!r}; ids must be unique")
        return tuple(rules)

    def _rule(self, node: Node) -> Rule:
        values = self.nodes.mapping(node, keys=RULE_KEYS, what="a rule")
        name = self._id(node, values)
        fields = self._fields(values.get("fields")) or DEFAULT_FIELDS
        when: Condition = AllOf(())
        then = Actions()
        if "when" in values:
            when = self._condition(values["when"], fields, depth=1)
        else:
            self.nodes.add_problem(node, f"rule {name!r} has no when: it would match every article")
        if "then" in values:
            then = self._actions(values["then"])
        else:
            self.nodes.add_problem(node, f"rule {name!r} has no then: it would have no effect")
        sources = tuple(text for _, text in self.nodes.texts(values.get("sources"), what="a source"))
        rule = Rule(name, "", sources, when, then)
        version = self.nodes.text(values["version"], what="version") if "version" in values else ""
        return replace(rule, version=version or content_version(repr(rule)))

    def _id(self, node: Node, values: Mapping[str, Node]) -> str:
        if "id" not in values:
            self.nodes.add_problem(node, "a rule must have an id")
            return ""
        text = self.nodes.text(values["id"], what="id")
        if text and not _ID.fullmatch(text):
            message = f"the id {text!r} is not valid: use a letter or digit, then letters, digits and _ . : -"
            self.nodes.add_problem(values["id"], message)
        return text

    def _fields(self, node: Node | None) -> tuple[Field, ...]:
        known = {field.value: field for field in Field}
        fields = []
        for item, text in self.nodes.texts(node, what="a field"):
            if text in known:
                fields.append(known[text])
            else:
                self.nodes.add_problem(item, f"there is no field {text!r}; the fields are {', '.join(known)}")
        return tuple(dict.fromkeys(fields))

    def _condition(self, node: Node, fields: tuple[Field, ...], *, depth: int) -> Condition:
        self.conditions += 1
        if depth > MAX_DEPTH or self.conditions > MAX_CONDITIONS:
            message = f"more than {MAX_DEPTH} nested conditions, or more than {MAX_CONDITIONS} in the file"
            self.nodes.add_problem(node, message)
            return AllOf(())
        if not isinstance(node, MappingNode):
            self.nodes.add_problem(node, f"a condition must be a mapping with one of {', '.join(CONDITION_KEYS)}")
            return AllOf(())
        names = [str(key.value) for key, _ in node.value]
        keys = [name for name in names if name in CONDITION_KEYS]
        if len(keys) != 1:
            present = " and ".join(keys) or ", ".join(names) or "nothing"
            message = f"a condition must have exactly one of {', '.join(CONDITION_KEYS)}; this has {present}"
            self.nodes.add_problem(node, message)
            return AllOf(())
        if keys[0] in GROUP_KEYS:
            return self._group(node, keys[0], fields, depth=depth)
        return self._leaf(node, keys[0], fields)

    def _group(self, node: Node, key: str, fields: tuple[Field, ...], *, depth: int) -> Condition:
        values = self.nodes.mapping(node, keys=(key, "fields"), what=f"a condition with {key}")
        fields = self._fields(values.get("fields")) or fields
        content = values.get(key)
        if content is None:
            self.nodes.add_problem(node, f"{key} is empty")
            return AllOf(())
        if key == "not" and not isinstance(content, SequenceNode):
            return Not(self._condition(content, fields, depth=depth + 1))
        if not isinstance(content, SequenceNode) or not content.value:
            self.nodes.add_problem(content, f"{key} must be a list of conditions: begin each with a hyphen")
            return AllOf(())
        parts = tuple(self._condition(item, fields, depth=depth + 1) for item in content.value)
        match key:
            case "all":
                return AllOf(parts)
            case "any":
                return AnyOf(parts)
            case _:
                return Not(AnyOf(parts))

    def _leaf(self, node: Node, key: str, fields: tuple[Field, ...]) -> Condition:
        values = self.nodes.mapping(node, keys=LEAF_KEYS[key], what=f"a condition with {key}")
        fields = self._fields(values.get("fields")) or fields
        if key not in values or values[key].value == []:  # "not" of an empty list would match every article
            self.nodes.add_problem(node, f"{key} is empty")
            return AllOf(())
        leaves = [
            self._text_condition(item, MatchType(key), text, fields, self._distance(values))
            for item, text in self.nodes.texts(values[key], what=key)
        ]
        return leaves[0] if len(leaves) == 1 else AnyOf(tuple(leaves))

    def _distance(self, values: Mapping[str, Node]) -> int:
        if "distance" not in values:
            return 1
        text = self.nodes.text(values["distance"], what="distance")
        if text not in {str(each) for each in range(1, MAX_DISTANCE + 1)}:
            self.nodes.add_problem(values["distance"], f"distance must be 1 to {MAX_DISTANCE}, not {text!r}")
            return 1
        return int(text)

    def _text_condition(
        self, node: Node, match_type: MatchType, text: str, fields: tuple[Field, ...], distance: int
    ) -> Condition:
        match match_type:
            case MatchType.REGEX:
                return self._pattern(node, match_type, text, fields, expression=text)
            case MatchType.PHRASE:
                return self._pattern(node, match_type, text, fields, expression=_phrase_expression(text))
            case MatchType.TERM | MatchType.FUZZY if is_unspaced(text):
                # These scripts do not mark where a word begins, so the characters are searched anywhere.
                expression = rf"(?i){regex.escape(text.rstrip('*'))}"
                return self._pattern(node, match_type, text, fields, expression=expression)
            case MatchType.TERM | MatchType.FUZZY:
                return self._word_sequence(node, match_type, text, fields, distance)

    def _pattern(
        self, node: Node, match_type: MatchType, text: str, fields: tuple[Field, ...], *, expression: str
    ) -> Condition:
        try:
            compiled = regex.compile(expression)
            matches_all = compiled.match("", timeout=COMPILED_SECONDS) is not None
        except _NOT_USABLE as error:
            self.nodes.add_problem(node, f"{text!r} is not a regular expression: {error or type(error).__name__}")
            return AllOf(())
        if matches_all:
            self.nodes.add_problem(node, f"{text!r} matches the empty text, and therefore every article")
        return Pattern(match_type, text, fields, compiled)

    def _word_sequence(
        self, node: Node, match_type: MatchType, text: str, fields: tuple[Field, ...], distance: int
    ) -> Condition:
        words = tuple(WORD.findall(folded(text)))
        if not words:
            self.nodes.add_problem(
                node, f"{text!r} has neither letters nor digits; use phrase or regex for punctuation"
            )
            return AllOf(())
        fuzzy = match_type is MatchType.FUZZY
        return WordSequence(text, words, fields, text.endswith("*") and not fuzzy, distance if fuzzy else 0)

    def _actions(self, node: Node) -> Actions:
        values = self.nodes.mapping(node, keys=THEN_KEYS, what="then")
        tags = tuple(dict.fromkeys(text for _, text in self.nodes.texts(values.get("tags"), what="a tag")))
        status = self._status(values.get("status"))
        listed = values.get("topics")
        items = listed.value if isinstance(listed, SequenceNode) else [listed] if listed else []
        topics = tuple(dict.fromkeys(filter(None, map(self._topic, items))))
        if not (tags or topics or status) and isinstance(node, MappingNode):
            self.nodes.add_problem(node, f"then must have at least one of {', '.join(THEN_KEYS)}")
        return Actions(tags, topics, status)

    def _status(self, node: Node | None) -> ArticleStatus | None:
        if node is None:
            return None
        text = self.nodes.text(node, what="status")
        if text not in STATUSES:
            self.nodes.add_problem(node, f"status may be {' or '.join(STATUSES)}, not {text!r}")
        return STATUSES.get(text)

    def _topic(self, node: Node) -> NamedTopic | None:
        values = {"code": node}
        if isinstance(node, MappingNode):
            values = self.nodes.mapping(node, keys=("code", "name"), what="a topic")
        if "code" not in values:
            self.nodes.add_problem(node, "a topic must have a code")
            return None
        code = self.nodes.text(values["code"], what="a topic")
        if not _TOPIC_CODE.fullmatch(code):
            self.nodes.add_problem(values["code"], f"{code!r} is not a Media Topic code such as medtop:04000000")
            return None
        name = self.nodes.text(values["name"], what="name") if "name" in values else self.topic_names.get(code)
        if not name:
            message = f"{code} is not in the vocabulary; give its name as well: {{code: {code}, name: …}}"
            self.nodes.add_problem(node, message)
            return None
        return NamedTopic(code, name)


def _phrase_expression(text: str) -> str:
    """Return the expression for a phrase. Where it begins or ends within a word, the word does not continue."""
    words = r"\s+".join(map(regex.escape, text.split()))
    before, after = (regex.match(IN_WORD, end) is not None for end in (text[0], text[-1]))
    return (f"(?<!{IN_WORD})" if before else "") + words + (f"(?!{IN_WORD})" if after else "")
