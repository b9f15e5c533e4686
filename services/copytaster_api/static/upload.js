// Uploads: files that a person chooses, or drops anywhere on a page, are delivered one after another.

import { element, setText } from "./dom.js";
import { readAgain } from "./live.js";
import { changeHeaders } from "./session.js";

const ADDRESS = "/api/v1/deliveries";
const byId = (id) => document.getElementById(id);
const waiting = [];
let busy = false;

/** Lets the button and files that are dropped on the page upload. */
export function offerUploads() {
  byId("show-upload").addEventListener("click", () => byId("upload").showModal());
  byId("upload-files").addEventListener("change", (event) => {
    add(event.target.files);
    event.target.value = ""; // the same file can be chosen again
  });
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    document.body.classList.remove("dropping");
    if (!byId("upload").open) byId("upload").showModal();
    add(event.dataTransfer.files);
  });
}

function hasFiles(event) {
  return event.dataTransfer?.types.includes("Files");
}

function add(files) {
  for (const file of files) {
    const bar = Object.assign(document.createElement("progress"), { max: file.size || 1, value: 0 });
    bar.setAttribute("aria-label", `Upload of ${file.name}`);
    const result = element("span", "", "waits");
    result.setAttribute("role", "status");
    byId("upload-list").append(element("li", "", element("b", "", file.name), " ", bar, " ", result));
    waiting.push({ file, bar, result });
  }
  uploadNext();
}

async function uploadNext() {
  if (busy || !waiting.length) return;
  busy = true;
  await upload(waiting.shift());
  busy = false;
  await readAgain();
  uploadNext();
}

async function upload({ file, bar, result }) {
  setText(result, "is sent");
  try {
    const delivery = await send(file, (loaded) => { bar.value = loaded; });
    const link = element("a", "", "received");
    link.href = `/deliveries/${encodeURIComponent(delivery.id)}`;
    link.setAttribute("aria-label", `Delivery of ${file.name}`);
    result.replaceChildren(link);
  } catch (error) {
    result.className = "late";
    setText(result, error.message);
  } finally {
    bar.hidden = true;
  }
}

/** Sends a file. Not by `fetch`, which does not say how much has been sent. */
function send(file, progress) {
  const source = byId("upload-source").value.trim();
  const parameters = new URLSearchParams({ name: file.name, ...(source && { source }) });
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${ADDRESS}?${parameters}`);
    for (const [name, value] of Object.entries(changeHeaders())) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => progress(event.loaded));
    request.addEventListener("load", () => request.status === 202
      ? resolve(request.response) : reject(new Error(request.response?.detail ?? `The status API answered ${request.status}.`)));
    request.addEventListener("error", () => reject(new Error("The connection to the status API broke; send it again.")));
    request.send(file);
  });
}
