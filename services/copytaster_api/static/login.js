// The login page: whoever is logged in comes here by a link of another site, with which browsers send no cookie.

import { csrfToken } from "./session.js";

// The server removes the token together with a session that has ended, so that this happens once.
if (csrfToken()) location.replace(location.href);
