// The dashboard: reads the API every two seconds and shows the results.

import { actionButton, ago, cell, chips, count, duration, element, fill, linkButton, moment, prose, setText } from "./dom.js";
import { showArticle, showDelivery } from "./dialog.js";
import { changeHeaders } from "./session.js";

const POLL_MS = 2000;
// The API answers within two seconds, also that the server hangs; after this time the API itself hangs.
const TIMEOUT_MS = 4000;
const ARTICLES = 25;
const FAILED = 20;
// The reason of links and pipes, for which a retry is pointless.
const NOT_RETRIED = "not_a_file";
const SILENCE_MS = Number(document.body.dataset.silenceSeconds) * 1000;

const TERMS = [["stored", "stored"], ["new_version", "new version"], ["duplicate", "duplicate"], ["rejected", "rejected"], ["quarantined", "quarantined"]];
let updatedAt = null;
const byId = (id) => document.getElementById(id);

// An answer of the API that reports a problem, in contrast to an API that does not answer.
class ReportedError extends Error {}

async function request(address, options) {
  const response = await fetch(address, { cache: "no-store", ...options });
  const body = await response.json();
  if (!response.ok) throw new ReportedError(body.detail);
  return body;
}

function pollRequest(address) {
  return request(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
}

async function poll() {
  try {
    const [status, articles, quarantined, rejected] = await Promise.all([
      pollRequest("/api/v1/status"),
      pollRequest(`/api/v1/articles?limit=${ARTICLES}`),
      pollRequest(`/api/v1/deliveries?disposition=quarantined&limit=${FAILED}`),
      pollRequest(`/api/v1/deliveries?disposition=rejected&limit=${FAILED}`),
    ]);
    showStatus(status);
    showArticles(articles.items);
    showFailed([...quarantined.items, ...rejected.items]);
    document.body.classList.remove("stale");
    updatedAt = new Date().toLocaleTimeString(undefined, { hour12: false });
    setText(byId("updated"), `Updated ${updatedAt}`);
  } catch (error) {
    showProblems([outageSentence(error)]);
    setText(byId("updated"), updatedAt ? `Not updated since ${updatedAt}` : "No data yet");
    document.body.classList.add("stale");
  }
  setTimeout(poll, POLL_MS);
}

function outageSentence(error) {
  const outdated = updatedAt ? ` The data below is of ${updatedAt}.` : "";
  if (error instanceof ReportedError) return `${error.message}.${outdated}`;
  const why = error.name === "TimeoutError" ? `no answer within ${TIMEOUT_MS / 1000} s` : error.message;
  return `The status API does not answer (${why}); check whether its process runs.${outdated}`;
}

function showStatus(status) {
  showProblems(status.problems.map((problem) => problem.message));
  showSentences(byId("notices"), status.notices.map((notice) => notice.message));
  showBalance(status.balance, status.articles);
  showQueues(status);
  showParts(status);
  showSources(status.sources);
}

function showProblems(sentences) {
  const ready = sentences.length === 0;
  const text = ready ? "Ready" : sentences.length === 1 ? "1 problem" : `${sentences.length} problems`;
  setText(byId("state"), text);
  byId("state").className = `state ${ready ? "good" : "bad"}`;
  document.title = ready ? "Copytaster" : `(${sentences.length}) Copytaster`;
  showSentences(byId("problems"), sentences);
}

function showSentences(list, sentences) {
  list.hidden = sentences.length === 0;
  if (JSON.stringify(sentences) === list.dataset.shown) return;
  list.dataset.shown = JSON.stringify(sentences);
  list.replaceChildren(...sentences.map((sentence) => element("li", "", ...prose(sentence))));
}

function showBalance(balance, articles) {
  const ended = TERMS.map(([key, label]) => [label, balance.dispositions[key] ?? 0]);
  const sum = ended.reduce((total, [, number]) => total + number, balance.in_flight);
  const closed = sum === balance.seen;
  const terms = [["seen", balance.seen], ...ended, ["in flight", balance.in_flight]];
  byId("balance").replaceChildren(...terms.map(([label, number], index) => tile(label, number, { index, closed })));
  const note = closed
    ? `The balance is closed: every file that was seen has a disposition or is in flight. ${count(articles)} articles are listed.`
    : `The balance is open: ${count(balance.seen)} were seen, but the terms add up to ${count(sum)}.`;
  setText(byId("balance-note"), note);
  byId("balance-note").className = closed ? "quiet" : "bad";
}

function tile(label, number, { index, closed }) {
  const sign = ["", closed ? "=" : "≠"][index] ?? "+";
  const tone = index === 0 ? (closed ? " sum" : " bad") : label === "quarantined" && number > 0 ? " warn" : "";
  const box = element("div", `tile${tone}`, element("dt", "", label), element("dd", "", count(number)));
  const mark = element("span", "sign", sign);
  return element("div", "term", sign ? mark : null, box);
}

function showQueues(status) {
  const stalled = new Set(status.problems.map((problem) => problem.code));
  const items = status.queues.map((queue) => ({ ...queue, due: status.waiting[queue.name] ?? 0, stalled: stalled.has(`stalled_${queue.name}`) }));
  fill(byId("queues"), items, {
    key: (queue) => queue.name,
    empty: "No queues.",
    row: (queue) => {
      const late = queue.stalled ? " late" : "";
      const oldest = queue.oldest_seconds === null ? "–" : duration(queue.oldest_seconds);
      return element("tr", "", rowTitle(queue.name), cell("number", count(queue.length)),
        cell("number", count(queue.unacknowledged)), cell("number", oldest), cell(`number${late}`, count(queue.due)));
    },
  });
}

function showParts(status) {
  const items = status.parts.map((part) => ({ ...part, now: status.at }));
  fill(byId("parts"), items, {
    key: (part) => `${part.part} ${part.name}`,
    empty: "Nothing runs: no part has sent a heartbeat in the last minute.",
    row: (part) => {
      const silent = new Date(part.now) - new Date(part.beat_at) > SILENCE_MS;
      const details = Object.entries(part.details).filter(([, value]) => value !== null).map(([label, value]) => `${label} ${value}`);
      return element("tr", "", rowTitle(part.part), cell("name", part.name),
        cell(`when${silent ? " late" : ""}`, ago(part.beat_at, part.now)), cell("when", ago(part.progress_at, part.now)),
        cell("", ...(details.length ? chips(details) : ["–"])));
    },
  });
}

function showSources(sources) {
  fill(byId("sources"), sources, {
    key: (each) => each.source,
    empty: "No article yet.",
    row: (each) => element("tr", "", rowTitle(each.source), cell("number", count(each.first)), cell("number", count(each.duplicates)),
      cell("number", each.median_lead_seconds === null ? "–" : duration(each.median_lead_seconds))),
  });
}

function showArticles(articles) {
  fill(byId("articles"), articles, {
    key: (article) => article.id,
    empty: "No article yet. Drop a file into the inbox.",
    row: (article) => element("tr", "",
      cell("when", moment(article.received_at)),
      cell("", article.source ?? "–"),
      cell("", article.publisher ?? "–"),
      cell("", linkButton(article.title, () => showArticle(article.id)), ...statusChips(article)),
      cell("", ...labels(article.topics, article.topics?.map((topic) => topic.name))),
      cell("", ...labels(article.entities, namesOf(article.entities))),
      cell("number", count(article.duplicate_count))),
  });
}

function statusChips(article) {
  const words = [article.status === "usable" ? null : article.status, article.signal].filter((word) => word);
  return words.flatMap((word) => [" ", element("span", "chip reason", word)]);
}

function labels(items, names) {
  return items === null ? [element("span", "quiet", "not tagged yet")] : chips(names.slice(0, 4));
}

function namesOf(entities) {
  const shown = (entities ?? []).filter((entity) => entity.type !== "org");
  return shown.sort((one, other) => other.count - one.count).map((entity) => entity.name);
}

function showFailed(deliveries) {
  const newest = deliveries.sort((one, other) => (one.settled_at < other.settled_at ? 1 : -1)).slice(0, FAILED);
  fill(byId("trouble"), newest, {
    key: (delivery) => delivery.id,
    empty: "Nothing needs a person.",
    row: (delivery) => element("tr", "",
      cell("when", moment(delivery.settled_at)),
      cell("", linkButton(delivery.path, () => showDelivery(delivery.id))),
      cell("", element("span", `chip reason ${delivery.disposition}`, `${delivery.disposition}: ${delivery.reason ?? "unknown"}`)),
      cell("", delivery.message ?? "–"),
      cell("", adviceFor(delivery.reason)),
      retryCell(delivery)),
  });
}

function retryCell(delivery) {
  if (delivery.retried_as) return cell("", "Retried as ", linkButton(delivery.retried_as, () => showDelivery(delivery.retried_as)));
  if (delivery.reason === NOT_RETRIED) return cell("", "–");
  const result = element("p", "");
  result.setAttribute("role", "status");
  return cell("", actionButton("Retry", async () => setText(result, await retry(delivery.id))), result);
}

async function retry(id) {
  try {
    const retried = await request(`/api/v1/deliveries/${encodeURIComponent(id)}/retry`, { method: "POST", headers: changeHeaders() });
    return `Retried as ${retried.id}.`;
  } catch (error) {
    return error.message;
  }
}

function adviceFor(reason) {
  return document.querySelector(`template[data-advice="${CSS.escape(reason ?? "")}"]`)?.content.textContent ?? "–";
}

function rowTitle(text) {
  const title = element("th", "", text);
  title.scope = "row";
  return title;
}

poll();
