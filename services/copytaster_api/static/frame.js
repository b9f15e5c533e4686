// What every page does: times in the reader's zone, keyboard shortcuts, uploads, and parts that are kept up to date.

import { keepLive } from "./live.js";
import { offerLogout } from "./session.js";
import { listenToKeys } from "./shortcuts.js";
import { keepTimes } from "./times.js";
import { offerUploads } from "./upload.js";

keepTimes();
offerLogout();
listenToKeys();
offerUploads();
keepLive();
