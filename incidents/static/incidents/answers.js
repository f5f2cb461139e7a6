/* Answers while somebody types. Without this script the form does the same with a button. */
"use strict";
(() => {
  const q = document.getElementById("q"), list = document.getElementById("answers");
  let timer = 0;
  async function search() {
    const asked = q.value.trim();
    const answer = await fetch(`/answers?part=1&q=${encodeURIComponent(asked)}`).catch(() => null);
    if (!answer || !answer.ok || asked !== q.value.trim()) return;
    list.innerHTML = await answer.text(); // our own template, escaped there
    history.replaceState(null, "", asked ? `/answers?q=${encodeURIComponent(asked)}` : "/answers");
  }
  q.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 200); });
})();
