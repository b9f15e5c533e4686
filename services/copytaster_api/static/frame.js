// What every page does: times in the reader's zone, keyboard shortcuts, and parts that are kept up to date.

import { showArticle, showDelivery } from "./dialog.js";
import { keepLive } from "./live.js";
import { offerLogout } from "./session.js";
import { listenToKeys } from "./shortcuts.js";
import { keepTimes } from "./times.js";

// Articles and deliveries open in a dialog; with a key for another tab or window, the browser follows the link.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-article], a[data-delivery]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.dataset.article) showArticle(link.dataset.article);
  else showDelivery(link.dataset.delivery);
});

keepTimes();
offerLogout();
listenToKeys();
keepLive();
