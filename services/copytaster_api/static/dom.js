// Elements of the page. Text is inserted as text only, never as HTML: file names and titles may be hostile.

/** Returns a new element with the class and the children (elements or texts; null values are left out). */
export function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Returns a table cell. */
export function cell(className, ...children) {
  return element("td", className, ...children);
}

/** Returns the labels as chips, or a dash if there are none. */
export function chips(labels) {
  return labels.length ? labels.map((label) => element("span", "chip", label)) : ["–"];
}

/** Returns the sentence with the parts between backquotes as code. */
export function prose(sentence) {
  return sentence.split("`").map((piece, index) => (index % 2 ? element("code", "", piece) : piece));
}

/** Returns a link to a web address; for other addresses only the text, since `javascript:` must not become a link. */
export function webLink(address) {
  if (!/^https?:\/\//i.test(address)) return address;
  const link = element("a", "", address);
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

/** Returns a button that looks like a link and runs `action`. */
export function linkButton(label, action) {
  const button = element("button", "opens", label);
  button.type = "button";
  button.addEventListener("click", action);
  return button;
}

/** Returns a button that runs `action` and is disabled until that has ended. */
export function actionButton(label, action) {
  const button = element("button", "does", label);
  button.type = "button";
  button.addEventListener("click", async () => {
    button.disabled = true;
    await action();
    button.disabled = false;
  });
  return button;
}

/** Returns the time of day in the reader's time zone, with the date if it is not today. */
export function moment(text) {
  if (!text) return element("span", "", "–");
  const at = new Date(text);
  const day = at.toDateString() === new Date().toDateString() ? "" : `${at.toLocaleDateString(undefined, { day: "numeric", month: "short" })} `;
  const shown = element("time", "", day + at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }));
  shown.dateTime = text;
  shown.title = text;
  return shown;
}

/** Returns a duration in its two largest units: "3 min 20 s". */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 1) return "under 1 s";
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}

/** Returns how long the time `text` was before `now`, both RFC 3339; "–" without a time. */
export function ago(text, now) {
  return text ? `${duration((new Date(now) - new Date(text)) / 1000)} ago` : "–";
}

/** Returns a number with its digits in groups of three. */
export function count(number) {
  return number.toLocaleString("en-GB");
}

/** Sets the element's text if it has changed, so that screen readers read only changes. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * Shows one row of `body` for each item. The rows of unchanged items remain the same elements, and the focus remains:
 * a person may select or tab through them while the page polls.
 */
export function fill(body, items, { key, row, empty }) {
  const previous = body.rowsByKey ?? new Map();
  const focused = document.activeElement;
  const rows = new Map(items.map((item) => [key(item), reuse(previous.get(key(item)), item, row)]));
  const elements = [...rows.values()].map((entry) => entry.element);
  if (!elements.length) elements.push(emptyRow(body, empty));
  const changed = elements.length !== body.rows.length || elements.some((made, index) => made !== body.rows[index]);
  if (changed) body.replaceChildren(...elements);
  if (changed && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  body.rowsByKey = rows;
}

function reuse(entry, item, row) {
  const json = JSON.stringify(item);
  return entry?.json === json ? entry : { json, element: row(item) };
}

function emptyRow(body, text) {
  const shown = cell("empty", text);
  shown.colSpan = body.closest("table").tHead.rows[0].cells.length;
  return element("tr", "", shown);
}
