/* A desk keeps its rows fresh; what is ticked stays ticked; bulk forms carry the ticks along. */
"use strict";
(() => {
  const rows = document.getElementById("rows");
  if (!rows) return;
  const ticked = () => [...document.querySelectorAll("input[name=number]:checked")].map((e) => e.value);
  document.querySelectorAll(".bulk .act form, .bulk .act-one").forEach((form) => form.addEventListener("submit", () => {
    form.querySelectorAll("input[type=hidden][name=number], input[type=hidden][name=list]").forEach((e) => e.remove());
    const add = (name, value) => { const e = document.createElement("input"); e.type = "hidden"; e.name = name; e.value = value; form.append(e); };
    ticked().forEach((number) => add("number", number));
    add("list", new URLSearchParams(location.search).get("list") || "");
  }));
  let last = rows.innerHTML;
  async function refresh() {
    if (!rows.dataset.fresh) return;
    const answer = await fetch(rows.dataset.fresh).catch(() => null);
    if (!answer || !answer.ok || answer.redirected) return;
    const html = await answer.text();
    if (html.trim() === last.trim()) return;
    const kept = new Set(ticked()), focused = document.activeElement?.closest?.("#rows a")?.getAttribute("href");
    rows.innerHTML = last = html;
    rows.querySelectorAll("input[name=number]").forEach((e) => { e.checked = kept.has(e.value); });
    if (focused) rows.querySelector(`a[href="${focused}"]`)?.focus({ preventScroll: true });
  }
  for (const section of document.querySelectorAll("[data-part]"))
    fetch(section.dataset.part).then((answer) => (answer.ok ? answer.text() : ""))
      .then((html) => section.insertAdjacentHTML("beforeend", html)).catch(() => {});
  // A part that comes again, but not while somebody is in the middle of it.
  async function again(section) {
    if (section.contains(document.activeElement)) return;
    const answer = await fetch(section.dataset.again).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const html = (await answer.text()).trim(), bare = html.replace(/value="[^"]{40,}"/g, "");
    if (bare === (section.told || "") || section.contains(document.activeElement)) return;
    const opened = new Set([...section.querySelectorAll("details[open]")].map((e) => e.parentElement.dataset.cluster));
    section.innerHTML = html;
    section.told = bare;
    section.querySelectorAll("details").forEach((e) => { e.open = opened.has(e.parentElement.dataset.cluster); });
  }
  const parts = [...document.querySelectorAll("[data-again]")], every = () => parts.forEach(again);
  every();
  setInterval(every, 10000);
  let soon = 0;
  const later = () => { clearTimeout(soon); soon = setTimeout(refresh, 400); };
  const stream = new EventSource(document.body.dataset.live + "/live/events", { withCredentials: true });
  stream.addEventListener("incident", later);
  stream.addEventListener("workorder", later);
  setInterval(refresh, 30000);
})();
