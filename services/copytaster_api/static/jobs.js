// Decisions about many failed files: a job counts them first, and begins after a person has agreed. What fails after the
// count is left alone.

import { count, element, setText } from "./dom.js";
import { readAgain } from "./live.js";
import { read, send } from "./requests.js";

const JOBS = "/api/v1/jobs";
// A job ends a file in milliseconds; more often than twice a second nobody reads.
const LOOK_MS = 500;
const WORDS = { retry: ["Retry", "retried"], dismiss: ["Dismiss", "dismissed"] };
const byId = (id) => document.getElementById(id);
const files = (number) => `${count(number)} ${number === 1 ? "file" : "files"}`;
let agreed = null;
let shown = 0;

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-job]");
  if (button) propose(JSON.parse(button.dataset.job));
});
byId("job-begin").addEventListener("click", () => agreed?.());

/** Counts what the order is about, and offers to begin. */
async function propose(order) {
  const [word] = WORDS[order.action];
  setText(byId("job-title"), `${word} files`);
  setText(byId("job-state"), "Counting…");
  byId("job").showModal();
  const job = await follow({ ...order, dry_run: true }, () => "Counting…");
  if (!job) return;
  const number = job.total - job.skipped;
  setText(byId("job-state"), number ? sentence(order, job, number) : "No file is left to which this applies.");
  if (number) offer(`${word} ${files(number)}`, () => begin({ ...order, seen_at: job.created_at }));
}

function sentence(order, job, number) {
  const [, done] = WORDS[order.action];
  const left = job.skipped ? ` ${files(job.skipped)} would be left out.` : "";
  return `${files(number)} would be ${done}${order.action === "dismiss" ? " and removed permanently" : ""}.${left}`;
}

async function begin(order) {
  const [, done] = WORDS[order.action];
  const progress = (job) => `${count(job.done + job.failed + job.skipped)} of ${files(job.total)}`;
  const job = await follow(order, progress);
  if (!job) return;
  const parts = [`${files(job.done)} ${done}`, job.failed && `${count(job.failed)} failed`, job.skipped && `${count(job.skipped)} left out`];
  setText(byId("job-state"), `${parts.filter((each) => each).join(", ")}.`);
  await readAgain();
}

/** Orders a job, and shows its progress until it has ended; returns it, or null if another one is shown meanwhile. */
async function follow(order, describe) {
  const mine = ++shown;
  byId("job-begin").hidden = true;
  byId("job-problems").replaceChildren();
  const bar = byId("job-progress");
  bar.hidden = false;
  bar.removeAttribute("value");
  try {
    let job = await send("POST", JOBS, order);
    while (job.state !== "ended") {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      job = await read(`${JOBS}/${job.id}`);
      if (mine !== shown) return null;
      setText(byId("job-state"), job.state === "waiting" ? "Waiting for a watcher, which does the jobs…" : describe(job));
      if (job.state === "running") Object.assign(bar, { max: job.total || 1, value: job.done + job.failed + job.skipped });
    }
    byId("job-problems").replaceChildren(...job.problems.map((each) => element("li", "", `${each.name ?? each.id}: ${each.why}`)));
    return job;
  } catch (error) {
    setText(byId("job-state"), error.message);
    return null;
  } finally {
    if (mine === shown) bar.hidden = true;
  }
}

function offer(label, action) {
  agreed = action;
  const button = byId("job-begin");
  setText(button, label);
  button.hidden = false;
  button.focus();
}
