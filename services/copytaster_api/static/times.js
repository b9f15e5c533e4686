// Shows the times of a page, which the server writes in UTC, in the reader's time zone.

const PARTS = {
  clock: { hour: "2-digit", minute: "2-digit", hour12: false },
  day: { weekday: "long", day: "numeric", month: "long" },
};
const WHOLE = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false };

for (const each of document.querySelectorAll("time[datetime]")) {
  each.title = each.dateTime;
  each.textContent = new Date(each.dateTime).toLocaleString(undefined, PARTS[each.dataset.part] ?? WHOLE);
}
