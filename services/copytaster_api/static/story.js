// The page of a story: people correct which articles belong together.

import { actionButton, element, moment, setText } from "./dom.js";
import { read, send } from "./requests.js";

const STORY = `/api/v1/stories/${encodeURIComponent(document.body.dataset.story)}`;
const KINDS = { "merge-stories": "merged", "split-story": "split", "move-article": "article moved", "pin-headline": "headline set" };
const byId = (id) => document.getElementById(id);

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
  const place = byId("decided");
  try {
    const answer = await send("POST", `${STORY}/${what}`, body);
    const links = [...new Set([answer.story_id, answer.into])].filter((id) => id).flatMap((id) => [storyLink(id), " "]);
    place.className = "done";
    place.replaceChildren(answer.undone ? "Undone. See " : "Done. See ", ...links);
  } catch (error) {
    place.className = "";
    setText(place, error.message);
    return;
  }
  await showDecisions();
}

function storyLink(id) {
  const link = element("a", "", id);
  link.href = `/stories/${encodeURIComponent(id)}`;
  return link;
}

async function showDecisions() {
  let lines;
  try {
    lines = (await read(`${STORY}/decisions`)).items.toReversed().map(decisionLine);
  } catch (error) {
    lines = [element("li", "", error.message)];
  }
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
