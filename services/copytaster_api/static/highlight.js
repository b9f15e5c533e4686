// Marks the evidence for labels in a text. Text is inserted as text only; see dom.js.

import { element } from "./dom.js";

const KINDS = { person: "person", org: "organisation", place: "place", topic: "evidence for a topic", tag: "matched by a rule" };

/** Returns the text in pieces: plain text, and marks whose tooltip names the label for which they are evidence. */
export function highlighted(text, marks) {
  // Spans count characters, like Python; JavaScript's indices count an emoji as two.
  const characters = Array.from(text);
  const inside = marks.filter((mark) => mark.start < mark.end && mark.end <= characters.length);
  const edges = new Set([0, characters.length, ...inside.flatMap((mark) => [mark.start, mark.end])]);
  const sorted = [...edges].sort((one, other) => one - other);
  return sorted.slice(1).map((end, index) => {
    const start = sorted[index];
    return piece(characters.slice(start, end).join(""), inside.filter((mark) => mark.start <= start && end <= mark.end));
  });
}

/** Returns the marks of an article's labels in one of its fields. */
export function marksIn(field, article) {
  const entities = (article.entities ?? []).map((entity) => [entity.type, `${entity.name} (${KINDS[entity.type]})`, entity.spans]);
  const topics = (article.topics ?? []).map((topic) => ["topic", `topic ${topic.name}`, topic.spans]);
  const tags = article.tags.map((tag) => ["tag", `tag ${tag.name} (rule ${tag.rule})`, tag.spans.filter((span) => span.field === field)]);
  // Entities and topics have spans in the text only.
  const labels = field === "text" ? [...entities, ...topics, ...tags] : tags;
  return labels.flatMap(([kind, title, spans]) => spans.map((span) => ({ kind, title, start: span.start, end: span.end })));
}

/** Returns a line with the meaning of each kind of mark; nothing without marks. */
export function legend(marks) {
  const kinds = Object.keys(KINDS).filter((kind) => marks.some((mark) => mark.kind === kind));
  if (!kinds.length) return [];
  return [element("p", "quiet legend", "Marked: ", ...kinds.flatMap((kind) => [element("mark", kind, KINDS[kind]), " "]))];
}

function piece(text, marks) {
  if (!marks.length) return text;
  const made = element("mark", [...new Set(marks.map((mark) => mark.kind))].join(" "), text);
  made.title = [...new Set(marks.map((mark) => mark.title))].join("; ");
  return made;
}
