// Elements of the page. Text is inserted as text only, never as HTML: file names and titles may be hostile.

import { wholeTime } from "./times.js";

/** Returns a new element with the class and the children (elements or texts; null values are left out). */
export function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
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

/** Returns the time in the reader's time zone, with year and zone; "–" without one. */
export function moment(text) {
  if (!text) return element("span", "", "–");
  const shown = element("time", "", wholeTime(text));
  shown.dateTime = text;
  shown.title = text;
  return shown;
}

/** Returns a number with its digits in groups of three. */
export function count(number) {
  return number.toLocaleString("en-GB");
}

/** Sets the element's text if it has changed, so that screen readers read only changes. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
