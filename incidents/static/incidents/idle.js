/* The idle screen opens the call that the telephone system puts through, and shows who rings. */
"use strict";
(() => {
  const idle = document.getElementById("idle"), phone = document.getElementById("phone");
  const EVERY_MS = 3000;
  async function look() {
    const answer = await fetch(idle.dataset.now).catch(() => null);
    if (answer && answer.ok) {
      const { contact, ringing } = await answer.json();
      if (contact) return location.assign(contact);
      // Not under the fingers of who is writing a number.
      if (ringing !== Number(idle.dataset.ringing) && !phone.value) return location.reload();
    }
    setTimeout(look, EVERY_MS);
  }
  setTimeout(look, EVERY_MS);
})();
