// While a file is being worked on, its page looks again every two seconds; then it stands still.
(function () {
  "use strict";
  const work = document.getElementById("work");

  async function again() {
    if (!work.querySelector("[data-working]")) return;
    try {
      const answer = await fetch(work.dataset.part, { credentials: "same-origin" });
      if (answer.redirected || !answer.ok) return;
      const text = await answer.text();
      // Whoever is about to press something keeps it.
      if (!work.contains(document.activeElement)) work.innerHTML = text;
    } catch (error) {
      // The line broke: the next look may find it mended.
    }
    setTimeout(again, 2000);
  }

  setTimeout(again, 1000);
})();
