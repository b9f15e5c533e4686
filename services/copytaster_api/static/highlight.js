// Shows in a text where the evidence for its labels is. Text goes in as text alone; see dom.js.

import { element } from "./dom.js";

const KINDS = { person: "person", org: "organisation", place: "place", topic: "speaks for a topic", tag: "matched by a rule" };

/** Returns the text as pieces: bare where nothing is marked, else a mark that says on hover what it is evidence for. */
export function highlighted(text, marks) {
  // Spans count characters, as Python does; JavaScript's own indices count half of an emoji.
  const characters = Array.from(text);
  const inside = marks.filter((mark) => mark.start < mark.end && mark.end <= characters.length);
  const edges = new Set([0, characters.length, ...inside.flatMap((mark) => [mark.start, mark.end])]);
  const sorted = [...edges].sort((one, other) => one - other);
  return sorted.slice(1).map((end, index) => {
    const start = sorted[index];
    return piece(characters.slice(start, end).join(""), inside.filter((mark) => mark.start <= start && end <= mark.end));
  });
}

/** Returns what the labels of an article are found by in one of its fields. */
export function marksIn(field, article) {
  const entities = (article.entities ?? []).map((entity) => [entity.type, `${entity.name} (${KINDS[entity.type]})`, entity.spans]);
  const topics = (article.topics ?? []).map((topic) => ["topic", `topic ${topic.name}`, topic.spans]);
  const tags = article.tags.map((tag) => ["tag", `tag ${tag.name} (rule ${tag.rule})`, tag.spans.filter((span) => span.field === field)]);
  // The spans of entities and topics all lie in the text.
  const labels = field === "text" ? [...entities, ...topics, ...tags] : tags;
  return labels.flatMap(([kind, title, spans]) => spans.map((span) => ({ kind, title, start: span.start, end: span.end })));
}

/** Returns a line that says what each kind of mark means, empty when there is none. */
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
