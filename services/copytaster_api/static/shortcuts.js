// Keyboard shortcuts. A person can switch them off: speech input types letters too.

const KEPT_AS = "copytaster-shortcuts";
const SEQUENCE_MS = 1500;
const byId = (id) => document.getElementById(id);
let begunAt = 0;

/** Lets keys do what the list of shortcuts says. */
export function listenToKeys() {
  const wanted = byId("shortcuts-on");
  wanted.checked = localStorage.getItem(KEPT_AS) !== "off";
  wanted.addEventListener("change", () => localStorage.setItem(KEPT_AS, wanted.checked ? "on" : "off"));
  byId("show-shortcuts").addEventListener("click", () => byId("shortcuts").showModal());
  document.addEventListener("keydown", (event) => {
    if (!wanted.checked || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (press(event)) event.preventDefault();
  });
}

function isTyping(target) {
  return target.matches("input, textarea, select") || document.querySelector("dialog[open]");
}

function press(event) {
  const begun = event.timeStamp - begunAt < SEQUENCE_MS;
  begunAt = event.key === "g" ? event.timeStamp : 0;
  const link = begun && document.querySelector(`nav a[data-key="${CSS.escape(event.key)}"]`);
  if (link) link.click();
  else if (event.key === "/") byId("where").focus();
  else if (event.key === "?") byId("shortcuts").showModal();
  else return false;
  return true;
}
