// Changes a part of the page into a newer form of it. What has not changed remains the same elements, so that the
// focus, a selection, open details and what a person has typed remain.

const OF_THE_READER = new Set(["open", "value", "checked", "disabled"]);

/** Makes `current` equal to `fresh`, which is used up. Children with the same id are the same thing. */
export function renew(current, fresh) {
  if (current.isEqualNode(fresh)) return;
  if (current.nodeType !== Node.ELEMENT_NODE || current.nodeName !== fresh.nodeName || current.id !== fresh.id) {
    current.replaceWith(fresh);
    return;
  }
  renewAttributes(current, fresh);
  renewChildren(current, fresh);
}

function renewAttributes(current, fresh) {
  for (const { name } of [...current.attributes]) {
    if (!fresh.hasAttribute(name) && !OF_THE_READER.has(name)) current.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (!OF_THE_READER.has(name) && current.getAttribute(name) !== value) current.setAttribute(name, value);
  }
}

function renewChildren(current, fresh) {
  const known = new Map([...current.children].filter((each) => each.id).map((each) => [each.id, each]));
  let place = current.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const same = wanted.id ? known.get(wanted.id) : place && !place.id ? place : null;
    if (!same) {
      current.insertBefore(wanted, place);
      continue;
    }
    if (same === place) place = place.nextSibling;
    else current.insertBefore(same, place);
    renew(same, wanted);
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}
