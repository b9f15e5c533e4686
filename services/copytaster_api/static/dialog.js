// The dialog with all fields of an article or a delivery.

import { actionButton, count, element, linkButton, moment, setText, webLink } from "./dom.js";
import { highlighted, legend, marksIn } from "./highlight.js";
import { changeHeaders } from "./session.js";

const ENTITY_TITLES = { person: "Persons", org: "Organisations", place: "Places" };

/** Opens the dialog with the article with this id. */
export async function showArticle(id) {
  await show(`/api/v1/articles/${encodeURIComponent(id)}`, (article) => [
    highlighted(article.title, marksIn("title", article)),
    articleFacts(article),
    ...withholding(article),
    element("h3", "", "Text"),
    ...legend(marksIn("text", article)),
    element("p", "text", ...highlighted(article.text, marksIn("text", article))),
    ...section("Topics", article.topics, (topic) => `${topic.name} (${topic.code}, ${topic.score.toFixed(2)}): ${topic.why}`),
    ...entitySections(article.entities),
    ...section("Keywords", article.keywords, (keyword) => keyword.term),
    ...section("Tags", article.tags, (tag) => `${tag.name}: ${tag.why} (rule ${tag.rule}, ${tag.version})`),
    ...copies(article),
    ...section("Origin of each field", Object.entries(article.provenance), provenanceLine),
  ]);
}

/** Opens the dialog with the versions of the article with this id, each with the changed words. */
export async function showVersions(id) {
  const address = `/api/v1/articles/${encodeURIComponent(id)}/versions`;
  const earlier = [];
  let last = address;
  for (let page = await read(last); page?.next_cursor; page = await read(last)) {
    earlier.push(...page.items);
    last = `${address}?cursor=${encodeURIComponent(page.next_cursor)}`;
  }
  await show(last, (versions) => [
    versions.items.at(-1).title,
    ...[...earlier, ...versions.items].toReversed().flatMap((version) => [
      element("h3", "", `Version ${version.version}, ${[version.status, version.signal].filter((word) => word).join(", ")}`),
      element("p", "quiet", "received ", moment(version.received_at)),
      element("p", "text", ...(version.changes ?? [{ op: "equal", text: version.text }]).map(changed)),
    ]),
  ]);
}

/** Opens the dialog with the delivery with this id and its timeline. */
export async function showDelivery(id) {
  await show(`/api/v1/deliveries/${encodeURIComponent(id)}`, (delivery) => [
    delivery.name,
    facts([
      ["Path", delivery.path],
      ["Delivery", delivery.id],
      ["SHA-256", delivery.sha256],
      ["Size", `${count(delivery.size)} bytes`],
      ["Received", moment(delivery.received_at)],
      ["Attempts", String(delivery.attempts)],
      ["Disposition", delivery.disposition],
      ["Reason", delivery.reason],
      ["What happened", delivery.message],
    ]),
    ...section("Timeline", delivery.timeline, (entry) =>
      element("li", "", moment(entry.at), ` ${entry.stage}, ${entry.by}: ${entry.what}`)),
  ]);
}

/** Returns the document at the address, null if there is none. */
async function read(address) {
  const response = await fetch(address);
  return response.ok ? response.json() : null;
}

async function show(address, build) {
  const dialog = document.getElementById("dialog");
  const response = await fetch(address);
  const content = await response.json();
  const [title, ...body] = response.ok ? build(content) : [content.title, element("p", "", content.detail)];
  document.getElementById("dialog-title").replaceChildren(...[title].flat());
  document.getElementById("dialog-body").replaceChildren(...body);
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
}

function articleFacts(article) {
  return facts([
    ["Source", article.source],
    ["Publisher", article.publisher],
    ["Byline", article.byline],
    ["Dateline", article.dateline],
    ["Published", article.published_at && moment(article.published_at)],
    ["Received", moment(article.received_at)],
    ["Language", article.language],
    ["Version", `${article.version}, ${article.status}`],
    ["Ruling", article.ruling && `${article.ruling.status} by rule ${article.ruling.rule} (${article.ruling.version}): ${article.ruling.why}`],
    ["Release", article.release && releaseLine(article.release)],
    ["Length", `${count(article.word_count)} words, from ${article.format}`],
    ["Address", article.url && webLink(article.url)],
    ["Article", article.id],
    ["Versions", linkButton("show changes", () => showVersions(article.id))],
    ["Story", article.story_id && storyLink(article.story_id)],
  ]);
}

function storyLink(id) {
  const link = element("a", "", id);
  link.href = `/stories/${encodeURIComponent(id)}`;
  return link;
}

function changed(change) {
  const tag = { insert: "ins", delete: "del" }[change.op];
  return tag ? element(tag, "", change.text) : change.text;
}

function facts(pairs) {
  const present = pairs.filter(([, value]) => value !== null && value !== undefined);
  return element("dl", "facts", ...present.flatMap(([label, value]) => [element("dt", "", label), element("dd", "", value)]));
}

function section(title, items, line) {
  if (!items?.length) return [];
  const lines = items.map((item) => line(item)).map((made) => (typeof made === "string" ? element("li", "", made) : made));
  return [element("h3", "", title), element("ul", "", ...lines)];
}

function entitySections(entities) {
  return Object.entries(ENTITY_TITLES).flatMap(([type, title]) =>
    section(title, (entities ?? []).filter((entity) => entity.type === type), (entity) =>
      entity.count === 1 ? entity.name : `${entity.name} (${entity.count} mentions)`));
}

function copies(article) {
  const shown = article.duplicates.length;
  const title = shown < article.duplicate_count ? `Copies, the newest ${shown} of ${count(article.duplicate_count)}` : "Copies";
  return section(title, article.duplicates, (copy) => copyLine(copy, article.id));
}

function copyLine(copy, original) {
  const alike = copy.kind === "exact" ? "the same text" : `${Math.round(copy.score * 100)} % alike`;
  const line = element("li", "", `${copy.name}, ${copy.source ?? "unknown source"}, ${alike}, `, moment(copy.received_at));
  if (copy.article_id !== original) line.append(" ", ...acceptance(copy.article_id));
  return line;
}

/** Returns the button that turns a copy into a separate article, and the element for the result. */
function acceptance(id) {
  const result = element("span", "");
  result.setAttribute("role", "status");
  return [actionButton("Not a copy", async () => setText(result, await accept(id))), " ", result];
}

async function accept(id) {
  const response = await fetch(`/api/v1/articles/${encodeURIComponent(id)}/accept`, { method: "POST", headers: changeHeaders() });
  return response.ok ? `It is a separate article now, ${id}.` : (await response.json()).detail;
}

/** Returns why the article is withheld, and the button that releases this version; nothing if it is not withheld. */
function withholding(article) {
  if (article.status !== "withheld" || article.ruling) return [];
  const origin = article.provenance.status ?? article.provenance.embargoed_until;
  const result = element("span", "");
  result.setAttribute("role", "status");
  const button = actionButton("Release", async () => setText(result, await release(article)));
  return [element("p", "", `Withheld: ${origin?.from ?? "its provider gave no reason"}. `, button, " ", result)];
}

async function release(article) {
  const response = await fetch(`/api/v1/articles/${encodeURIComponent(article.id)}/release`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...changeHeaders() },
    body: JSON.stringify({ by: "dashboard", version: article.version }),
  });
  return response.ok ? `Version ${article.version} is usable now.` : (await response.json()).detail;
}

function releaseLine(decision) {
  const what = decision.at ? `released from ${decision.at}` : "withheld again";
  return `${what}, decided by ${decision.by}${decision.reason ? `: ${decision.reason}` : ""}`;
}

function provenanceLine([field, provenance]) {
  return `${field}: ${provenance.from} (confidence ${Math.round(provenance.confidence * 100)} %)`;
}
