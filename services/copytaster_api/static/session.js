// The session of this browser, if keys are needed.

/** Returns the token that every change must repeat; an empty text without a session. */
export function csrfToken() {
  const pair = document.cookie.split("; ").find((each) => each.startsWith("copytaster_csrf="));
  return pair ? decodeURIComponent(pair.slice(pair.indexOf("=") + 1)) : "";
}

/** Returns the headers of a change. */
export function changeHeaders() {
  const token = csrfToken();
  return token ? { "X-CSRF-Token": token } : {};
}

/** Adds a button to the header by which a person logs out, if there is a session. */
export function offerLogout() {
  const token = csrfToken();
  const header = document.querySelector("header");
  if (!token || !header) return;
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/logout";
  form.className = "logout";
  const field = Object.assign(document.createElement("input"), { type: "hidden", name: "csrf", value: token });
  const button = document.createElement("button");
  button.textContent = "Log out";
  button.className = "does";
  form.append(field, button);
  header.append(form);
}
