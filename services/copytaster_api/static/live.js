// Keeps the parts of a page up to date that are marked with `data-live`: when the server has something new, the page is
// read again, and what differs is replaced. The stream has no content, so that a busy system sends a reader little; an
// unchanged page costs the network only the question.

import { showTimes, wholeTime } from "./times.js";
import { renew } from "./renew.js";

const STREAM = "/changes";
// With the stream, the page is read at least this often: a part that falls silent is no event.
const QUIET_MS = 15000;
// Without it: while the API is not reachable, or has too many readers.
const POLL_MS = 5000;
// The API answers within two seconds, also that the server hangs; after this time the API itself hangs.
const TIMEOUT_MS = 6000;

let stream = null;
let timer = 0;
let reading = false;
let missed = false;
let readAt = new Date().toISOString();

/** Begins to keep the page up to date, if it has such parts. */
export function keepLive() {
  if (!isLive()) return;
  document.addEventListener("visibilitychange", follow);
  follow();
}

/** Reads the page again now; for a page that has changed something itself. */
export async function readAgain() {
  if (!isLive()) return;
  if (reading) {
    missed = true;
    return;
  }
  reading = true;
  clearTimeout(timer);
  await read();
  reading = false;
  if (missed) {
    missed = false;
    await readAgain();
  } else {
    rest();
  }
}

function isLive() {
  return document.querySelector("[data-live]") !== null;
}

// A hidden page has no stream: a browser has only six connections to a server.
function follow() {
  stream?.close();
  stream = null;
  clearTimeout(timer);
  if (document.hidden) return;
  stream = new EventSource(STREAM);
  stream.addEventListener("changed", readAgain);
  stream.addEventListener("open", () => say("Live"));
  stream.addEventListener("error", () => {
    // The browser connects again by itself, unless the answer was an error.
    say(stream?.readyState === EventSource.CLOSED ? `Updated every ${POLL_MS / 1000} s` : "Connecting…");
    rest();
  });
  rest();
}

function rest() {
  clearTimeout(timer);
  if (document.hidden) return;
  timer = setTimeout(readAgain, stream?.readyState === EventSource.OPEN ? QUIET_MS : POLL_MS);
}

async function read() {
  try {
    const response = await fetch(location.href, {
      cache: "no-cache", headers: { Accept: "*/*" }, signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error((await response.json()).detail);
    // What could not be shown can be shown now.
    if ("problem" in document.body.dataset) return location.reload();
    show(new DOMParser().parseFromString(await response.text(), "text/html"));
    readAt = new Date().toISOString();
    complain(null);
  } catch (error) {
    complain(error.name === "TimeoutError" || error.name === "TypeError"
      ? "The status API does not answer; check whether its process runs" : error.message);
  }
}

function show(page) {
  showTimes(document);
  showTimes(page);
  document.title = page.title;
  for (const each of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(each.id);
    if (fresh) renew(each, document.importNode(fresh, true));
  }
}

function complain(sentence) {
  const place = document.getElementById("stale");
  const text = sentence && `${sentence}. This page is of ${wholeTime(readAt)}.`;
  place.hidden = !text;
  if (place.textContent !== (text ?? "")) place.textContent = text ?? "";
  document.body.classList.toggle("stale", Boolean(text));
}

function say(text) {
  const place = document.getElementById("connection");
  if (place.textContent !== text) place.textContent = text;
}
