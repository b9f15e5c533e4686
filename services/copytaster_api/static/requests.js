// Requests to the API: every change that a page makes goes through `send`.

import { changeHeaders } from "./session.js";

/** Returns the document at the address. Throws an error with the sentence of the problem. */
export async function read(address) {
  return answerOf(await fetch(address, { cache: "no-cache" }));
}

/** Sends a change, and returns the answer. Throws an error with the sentence of the problem. */
export async function send(method, address, body) {
  const json = body === undefined ? {} : { "Content-Type": "application/json" };
  return answerOf(await fetch(address, { method, headers: { ...changeHeaders(), ...json }, body: JSON.stringify(body) }));
}

async function answerOf(response) {
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer;
}
