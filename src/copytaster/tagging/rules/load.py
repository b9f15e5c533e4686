"""Reads rules from YAML; every fault is said with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import regex
from yaml.nodes import MappingNode, Node, SequenceNode

from copytaster.model.article import ArticleStatus
from copytaster.tagging.rules.located_yaml import Faults, compose, read_text
from copytaster.tagging.rules.model import (
    USUAL_FIELDS,
    AllOf,
    AnyOf,
    Condition,
    Field,
    Kind,
    NamedTopic,
    Not,
    Pattern,
    Rule,
    RuleSet,
    Then,
    Words,
    version_of,
)
from copytaster.tagging.rules.rule_fields import WORD, is_unspaced

MOST_DEPTH = 20
"""Conditions in one another: people get lost at five; without an end an alias could hold itself."""

MOST_CONDITIONS = 20_000
"""In one file, aliases counted wherever they are used: a few lines of them can stand for billions."""

MOST_DISTANCE = 2
"""Slips in one word: with three, "strike" is "bribe"."""

RULE_KEYS = ("id", "version", "sources", "fields", "when", "then")
THEN_KEYS = ("tags", "topics", "status")
GROUPS = ("all", "any", "not")
KINDS = tuple(kind.value for kind in Kind)
STATUSES = {each.value: each for each in (ArticleStatus.WITHHELD, ArticleStatus.CANCELED)}
LEAF_KEYS = {kind: (kind, "fields", "distance") if kind == Kind.FUZZY else (kind, "fields") for kind in KINDS}

_ID = regex.compile(r"[A-Za-z0-9][\w.:-]{0,99}")
_CODE = regex.compile(r"medtop:\d{8}")


def load_rules(path: Path, *, headings: Mapping[str, str]) -> RuleSet:
    """Return the rules of a file; ``headings`` gives the names of Media Topics by code. Raises ``RulesError``."""
    return parse_rules(read_text(path), origin=str(path), headings=headings)


def parse_rules(text: str, *, origin: str, headings: Mapping[str, str]) -> RuleSet:
    """Return the rules that YAML spells. Raises ``RulesError`` with every fault and its line."""
    root = compose(text, origin=origin)
    if root is None:
        return RuleSet(origin=origin)
    reading = _Reading(Faults(origin), headings)
    rules = reading.rules(root)
    reading.faults.raise_any()
    return RuleSet(rules, origin)


@dataclass(slots=True)
class _Reading:
    faults: Faults
    headings: Mapping[str, str]
    conditions: int = 0

    def rules(self, root: Node) -> tuple[Rule, ...]:
        listed = self.faults.mapping(root, known=("rules",), what="a file of rules").get("rules")
        if listed is None:
            return ()
        if not isinstance(listed, SequenceNode):
            self.faults.add(listed, "rules must be a list, each rule behind a hyphen")
            return ()
        rules = [self._rule(each) for each in listed.value]
        counts = Counter(rule.id for rule in rules if rule.id)
        for node, rule in zip(listed.value, rules, strict=True):
            if counts[rule.id] > 1:
                self.faults.add(node, f"the id {rule.id!r} is given to {counts[rule.id]} rules; it must be one rule's")
        return tuple(rules)

    def _rule(self, node: Node) -> Rule:
        parts = self.faults.mapping(node, known=RULE_KEYS, what="a rule")
        name = self._id(node, parts)
        fields = self._fields(parts.get("fields")) or USUAL_FIELDS
        when: Condition = AllOf(())
        then = Then()
        if "when" in parts:
            when = self._condition(parts["when"], fields, depth=1)
        else:
            self.faults.add(node, f"rule {name!r} has no when: it would match everything")
        if "then" in parts:
            then = self._then(parts["then"])
        else:
            self.faults.add(node, f"rule {name!r} has no then: it would do nothing")
        sources = tuple(said for _, said in self.faults.texts(parts.get("sources"), what="a source"))
        rule = Rule(name, "", sources, when, then)
        given = self.faults.text(parts["version"], what="version") if "version" in parts else ""
        return replace(rule, version=given or version_of(repr(rule)))

    def _id(self, node: Node, parts: Mapping[str, Node]) -> str:
        if "id" not in parts:
            self.faults.add(node, "a rule must have an id")
            return ""
        said = self.faults.text(parts["id"], what="id")
        if said and not _ID.fullmatch(said):
            self.faults.add(parts["id"], f"the id {said!r} may have letters, digits, and _ . : - behind the first")
        return said

    def _fields(self, node: Node | None) -> tuple[Field, ...]:
        known = {each.value: each for each in Field}
        found = []
        for each, said in self.faults.texts(node, what="a field"):
            if said in known:
                found.append(known[said])
            else:
                self.faults.add(each, f"there is no field {said!r}; there are {', '.join(known)}")
        return tuple(dict.fromkeys(found))

    def _condition(self, node: Node, fields: tuple[Field, ...], *, depth: int) -> Condition:
        self.conditions += 1
        if depth > MOST_DEPTH or self.conditions > MOST_CONDITIONS:
            self.faults.add(node, f"more than {MOST_DEPTH} conditions in one another, or {MOST_CONDITIONS} in the file")
            return AllOf(())
        if not isinstance(node, MappingNode):
            self.faults.add(node, f"a condition must be a mapping with one of {', '.join((*GROUPS, *KINDS))}")
            return AllOf(())
        names = [str(key.value) for key, _ in node.value]
        heads = [name for name in names if name in {*GROUPS, *KINDS}]
        if len(heads) != 1:
            said = " and ".join(heads) or ", ".join(names) or "nothing"
            self.faults.add(node, f"a condition must have one of {', '.join((*GROUPS, *KINDS))}; this has {said}")
            return AllOf(())
        if heads[0] in GROUPS:
            return self._group(node, heads[0], fields, depth=depth)
        return self._leaf(node, heads[0], fields)

    def _group(self, node: Node, head: str, fields: tuple[Field, ...], *, depth: int) -> Condition:
        parts = self.faults.mapping(node, known=(head, "fields"), what=f"a condition with {head}")
        fields = self._fields(parts.get("fields")) or fields
        held = parts.get(head)
        if held is None:
            self.faults.add(node, f"{head} is empty")
            return AllOf(())
        if head == "not" and not isinstance(held, SequenceNode):
            return Not(self._condition(held, fields, depth=depth + 1))
        if not isinstance(held, SequenceNode) or not held.value:
            self.faults.add(held, f"{head} must be a list of conditions, each behind a hyphen")
            return AllOf(())
        made = tuple(self._condition(each, fields, depth=depth + 1) for each in held.value)
        match head:
            case "all":
                return AllOf(made)
            case "any":
                return AnyOf(made)
            case _:
                return Not(AnyOf(made))

    def _leaf(self, node: Node, head: str, fields: tuple[Field, ...]) -> Condition:
        parts = self.faults.mapping(node, known=LEAF_KEYS[head], what=f"a condition with {head}")
        fields = self._fields(parts.get("fields")) or fields
        if head not in parts:
            self.faults.add(node, f"{head} is empty")
            return AllOf(())
        leaves = [
            self._compare(each, Kind(head), said, fields, self._distance(parts))
            for each, said in self.faults.texts(parts[head], what=head)
        ]
        return leaves[0] if len(leaves) == 1 else AnyOf(tuple(leaves))

    def _distance(self, parts: Mapping[str, Node]) -> int:
        if "distance" not in parts:
            return 1
        said = self.faults.text(parts["distance"], what="distance")
        if said not in {str(each) for each in range(1, MOST_DISTANCE + 1)}:
            self.faults.add(parts["distance"], f"distance must be 1 to {MOST_DISTANCE}, not {said!r}")
            return 1
        return int(said)

    def _compare(self, node: Node, kind: Kind, said: str, fields: tuple[Field, ...], distance: int) -> Condition:
        match kind:
            case Kind.REGEX:
                return self._pattern(node, kind, said, fields, expression=said)
            case Kind.PHRASE:
                words = r"\s+".join(map(regex.escape, said.split()))
                return self._pattern(node, kind, said, fields, expression=rf"(?<!\w)(?:{words})(?!\w)")
            case Kind.TERM | Kind.FUZZY if is_unspaced(said):
                # Nothing tells where a word begins in these scripts: the letters are looked for as they are.
                return self._pattern(node, kind, said, fields, expression=rf"(?i){regex.escape(said.rstrip('*'))}")
            case Kind.TERM | Kind.FUZZY:
                return self._words(node, kind, said, fields, distance)

    def _pattern(self, node: Node, kind: Kind, said: str, fields: tuple[Field, ...], *, expression: str) -> Condition:
        try:
            compiled = regex.compile(expression)
        except regex.error as error:
            self.faults.add(node, f"{said!r} is no regular expression: {error}")
            return AllOf(())
        if compiled.match(""):
            self.faults.add(node, f"{said!r} matches the empty text, and so every article")
        return Pattern(kind, said, fields, compiled)

    def _words(self, node: Node, kind: Kind, said: str, fields: tuple[Field, ...], distance: int) -> Condition:
        words = tuple(WORD.findall(said.casefold()))
        if not words:
            self.faults.add(node, f"{said!r} has neither letters nor digits; take phrase or regex for signs")
            return AllOf(())
        fuzzy = kind is Kind.FUZZY
        return Words(said, words, fields, said.endswith("*") and not fuzzy, distance if fuzzy else 0)

    def _then(self, node: Node) -> Then:
        parts = self.faults.mapping(node, known=THEN_KEYS, what="then")
        tags = tuple(dict.fromkeys(said for _, said in self.faults.texts(parts.get("tags"), what="a tag")))
        status = self._status(parts.get("status"))
        listed = parts.get("topics")
        nodes = listed.value if isinstance(listed, SequenceNode) else [listed] if listed else []
        topics = tuple(dict.fromkeys(filter(None, map(self._topic, nodes))))
        if not (tags or topics or status) and isinstance(node, MappingNode):
            self.faults.add(node, f"then must give {', '.join(THEN_KEYS)}, or some of them")
        return Then(tags, topics, status)

    def _status(self, node: Node | None) -> ArticleStatus | None:
        if node is None:
            return None
        said = self.faults.text(node, what="status")
        if said not in STATUSES:
            self.faults.add(node, f"status may be {' or '.join(STATUSES)}, not {said!r}")
        return STATUSES.get(said)

    def _topic(self, node: Node) -> NamedTopic | None:
        parts = {"code": node}
        if isinstance(node, MappingNode):
            parts = self.faults.mapping(node, known=("code", "name"), what="a topic")
        if "code" not in parts:
            self.faults.add(node, "a topic must have a code")
            return None
        code = self.faults.text(parts["code"], what="a topic")
        if not _CODE.fullmatch(code):
            self.faults.add(parts["code"], f"{code!r} is no code of a Media Topic, such as medtop:04000000")
            return None
        name = self.faults.text(parts["name"], what="name") if "name" in parts else self.headings.get(code)
        if not name:
            self.faults.add(node, f"{code} is not in the vocabulary; give its name too: {{code: {code}, name: …}}")
            return None
        return NamedTopic(code, name)
