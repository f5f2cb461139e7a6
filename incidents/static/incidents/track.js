/* Reads the page again every few seconds and puts the new parts in place; never loses the reader's. */
"use strict";
(() => {
  const own = document.getElementById("tracked");
  const withdrawal = document.getElementById("withdraw");
  let wait = 3000;
  async function again() {
    if (document.visibilityState === "visible") {
      try {
        const answer = await fetch(location.href, { headers: { "X-Requested-With": "fetch" } });
        if (answer.ok) {
          const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("tracked");
          if (fresh && fresh.innerHTML !== own.innerHTML) {
            own.innerHTML = fresh.innerHTML;
            if (withdrawal) withdrawal.hidden = !own.querySelector("[data-may-withdraw]");
            wait = 3000;
          }
          else wait = Math.min(wait * 1.3, 30000);
        }
      } catch { wait = Math.min(wait * 2, 60000); }
    }
    setTimeout(again, wait);
  }
  setTimeout(again, wait);
})();
