// The page of a story: articles open in a dialog, and people correct which articles belong together.

import "./times.js";
import { showArticle } from "./dialog.js";
import { actionButton, element, moment, setText } from "./dom.js";

const STORY = `/api/v1/stories/${encodeURIComponent(document.body.dataset.story)}`;
const KINDS = { "merge-stories": "merged", "split-story": "split", "move-article": "article moved", "pin-headline": "headline set" };
const byId = (id) => document.getElementById(id);

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-article]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  showArticle(link.dataset.article);
});

byId("correction").addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = new FormData(event.target);
  const decision = { by: given.get("by"), ...(given.get("reason") && { reason: given.get("reason") }) };
  const articles = given.getAll("article");
  switch (event.submitter?.value) {
    case "merge":
      return decide("merge", { ...decision, into: given.get("into") });
    case "split":
      return decide("split", { ...decision, articles });
    case "move":
      return articles.length === 1
        ? decide("move", { ...decision, article: articles[0], into: given.get("into") })
        : setText(byId("decided"), "Choose one article to move.");
    default:
      return decide("headline", { ...decision, headline: given.get("headline") });
  }
});

document.querySelector(".correct > details").addEventListener("toggle", (event) => {
  if (event.target.open) showDecisions();
});

/** Sends a decision, and shows a link to the story that it changed, or why it was refused. */
async function decide(what, body) {
  const response = await post(what, body);
  const answer = await response.json();
  byId("decided").className = response.ok ? "done" : "";
  if (!response.ok) return setText(byId("decided"), answer.detail);
  const links = [...new Set([answer.story_id, answer.into])].filter((id) => id).flatMap((id) => [storyLink(id), " "]);
  byId("decided").replaceChildren(answer.undone ? "Undone. See " : "Done. See ", ...links);
  return showDecisions();
}

function storyLink(id) {
  const link = element("a", "", id);
  link.href = `/stories/${encodeURIComponent(id)}`;
  return link;
}

function post(what, body) {
  return fetch(`${STORY}/${what}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function showDecisions() {
  const response = await fetch(`${STORY}/decisions`);
  const answer = await response.json();
  const lines = response.ok ? answer.items.toReversed().map(decisionLine) : [element("li", "", answer.detail)];
  byId("decisions").replaceChildren(...(lines.length ? lines : [element("li", "quiet", "Nobody has decided anything yet.")]));
}

function decisionLine(decision) {
  const about = decision.headline ?? `${decision.articles.length} of ${decision.story_id} to ${decision.into}`;
  const line = element("li", "", moment(decision.at), ` ${KINDS[decision.kind]} by ${decision.by}: ${about}`,
    decision.reason ? ` (${decision.reason})` : "", " ");
  line.append(decision.undone ? `undone by ${decision.undone.by}` : actionButton("Undo", () => undo(decision)));
  return line;
}

async function undo(decision) {
  const by = byId("by");
  if (!by.reportValidity()) return;
  await decide("undo", { decision: decision.id, by: by.value });
}
