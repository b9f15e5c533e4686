// Shows the times of a page, which the server writes in UTC, in the reader's time zone, with year and zone.

const PARTS = {
  clock: { hour: "2-digit", minute: "2-digit", hour12: false },
  day: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
};
const WHOLE = {
  day: "numeric", month: "short", year: "numeric",
  hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZoneName: "short",
};
const TICK_MS = 1000;

/** Returns a time with year and zone. */
export function wholeTime(text) {
  return new Date(text).toLocaleString("en-GB", WHOLE);
}

/** Returns a duration in its two largest units: "3 min 20 s". */
function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 1) return "under 1 s";
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}

/** Shows all times below `root`. Those whose part is "ago" are the time since then. */
export function showTimes(root) {
  for (const each of root.querySelectorAll("time[datetime]")) show(each);
  showDays(root.querySelectorAll('time[data-part="day"]'));
}

// A day stands above its first entry alone; it begins elsewhere in the reader's time zone than in UTC.
function showDays(days) {
  let last = null;
  for (const each of days) {
    each.parentElement.hidden = each.textContent === last;
    last = each.textContent;
  }
}

function show(each) {
  const part = each.dataset.part;
  const text = part === "ago" ? `${duration((Date.now() - new Date(each.dateTime)) / 1000)} ago`
    : part in PARTS ? new Date(each.dateTime).toLocaleString("en-GB", PARTS[part]) : wholeTime(each.dateTime);
  if (each.textContent === text) return;
  each.textContent = text;
  each.title = part ? wholeTime(each.dateTime) : each.dateTime;
}

/** Shows the times of the page, and counts on. */
export function keepTimes() {
  showTimes(document);
  document.getElementById("zone").textContent = "Times are shown in your time zone.";
  setInterval(() => {
    for (const each of document.querySelectorAll('time[data-part="ago"]')) show(each);
  }, TICK_MS);
}
