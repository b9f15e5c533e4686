// Buttons that change something: what is sent is in the button. Beside it appears `data-done`, or the fields of the
// answer that `data-shows` names, or why it was refused.

import { setText } from "./dom.js";
import { readAgain } from "./live.js";
import { send } from "./requests.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-address]");
  if (!button || (button.dataset.confirm && !confirm(button.dataset.confirm))) return;
  button.disabled = true;
  const result = button.parentElement.querySelector('[role="status"]');
  try {
    const answer = await send(button.dataset.method, button.dataset.address, button.dataset.body && JSON.parse(button.dataset.body));
    const fields = button.dataset.shows?.split(" ").map((name) => answer[name]).filter((value) => value);
    setText(result, fields ? fields.join(": ") : button.dataset.done ?? "Done.");
    await readAgain();
  } catch (error) {
    setText(result, error.message);
  } finally {
    button.disabled = false;
  }
});
