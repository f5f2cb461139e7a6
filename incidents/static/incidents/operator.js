/* A call in progress: answers and categories while the words are typed, alarms, keys, the time. */
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const call = $("call"), text = $("text");
  const token = document.querySelector("#call [name=csrfmiddlewaretoken]").value;

  // --- Words -----------------------------------------------------------------------------------
  let timer = 0, asked = null, answer = null;
  function listen() { // asked once for the same words, however often they are wanted
    if (text.value !== asked) answer = ask(asked = text.value);
    return answer;
  }
  async function ask(said) {
    const body = new FormData();
    body.set("text", said);
    const got = await fetch(call.dataset.listen, { method: "POST", headers: { "X-CSRFToken": token }, body }).catch(() => null);
    if (!got || !got.ok) { asked = null; return; }
    const found = await got.json();
    if (said !== text.value) return;
    $("answers").innerHTML = found.answers; // our own templates, escaped there
    $("suggested").innerHTML = found.categories;
    window.dispatchEvent(new Event("suggested"));
  }
  text.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(listen, 180); hear(); keep(); });

  // --- Danger ----------------------------------------------------------------------------------
  const words = JSON.parse($("alarm-list").textContent);
  const plain = (s) => s.normalize("NFKC").toLowerCase();
  const escaped = (s) => s.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  function says(said, word) { // as incidents.bigrams.says
    if (/[^\x00-\x7f]/.test(word)) return said.includes(word);
    return new RegExp(`(?<![a-z0-9])${escaped(word)}(?:e?s)?(?![a-z0-9])`).test(said);
  }
  function hear() {
    const heard = words.filter((each) => says(plain(text.value), plain(each.word)));
    const calls = new Set(heard.map((each) => each.call));
    const shown = heard.map((each) => each.word).join(" · ");
    if ($("alarm-words").textContent === shown) return;
    $("alarm-words").textContent = shown;
    $("alarm").hidden = !heard.length;
    for (const li of $("alarm").querySelectorAll("li")) li.hidden = !calls.has(li.dataset.call);
    if (heard.length) { $("urgent").checked = true; $("to").value = heard[0].call; }
  }

  // --- Kept while the page is reloaded: the words alone, in this tab, never who it is -----------
  const KEPT = "contact:" + call.dataset.uid;
  function keep() { sessionStorage.setItem(KEPT, text.value); }
  if (!text.value) text.value = sessionStorage.getItem(KEPT) || "";
  let sent = false;
  call.addEventListener("submit", (e) => {
    if (sent) return e.preventDefault(); // a second press is not a second report
    sent = true;
    sessionStorage.removeItem(KEPT);
  });
  window.addEventListener("pageshow", () => { sent = false; });

  // --- Keys ------------------------------------------------------------------------------------
  const answers = () => [...$("answers").querySelectorAll("li.answer")];
  const suggested = () => [...$("suggested").querySelectorAll("button")];
  // Whoever is quicker than the answer: the digit typed meanwhile counts when it is there.
  let early = null, choosing = null;
  async function heard(container, list) {
    clearTimeout(timer);
    container.tabIndex = -1;
    container.focus();
    early = "";
    await listen();
    const digit = early;
    early = null;
    if (container.contains(document.activeElement)) (list()[0] || text).focus();
    if (digit && list()[digit - 1]) pick(list()[digit - 1]);
  }
  function whenHeard(container, list) { choosing = heard(container, list); }
  function pick(each) {
    if (each.matches("button")) each.click();
    else each.focus();
  }
  async function file() {
    await choosing; // a category chosen a moment ago goes along
    $("file").click();
  }
  function openEnds() {
    $("ends").open = true;
    (document.querySelector("[name=end]:checked") || document.querySelector("[name=end]")).focus();
  }
  const KEYS = {
    F2: () => text.focus(),
    F4: () => whenHeard($("answers"), answers),
    F8: () => whenHeard($("suggested"), suggested),
    F9: file,
    "Shift+F8": () => $("search").focus(),
    "Shift+F2": openEnds,
  };
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.altKey || e.metaKey) return;
    if (early !== null && /^[1-9]$/.test(e.key)) {
      early = e.key;
      return e.preventDefault();
    }
    const act = KEYS[(e.shiftKey ? "Shift+" : "") + e.key];
    if (!act) return;
    e.preventDefault();
    act();
  });
  // Digits and arrows within a list; Escape leads back to the words.
  function walk(container, list) {
    container.addEventListener("keydown", (e) => {
      const all = list(), at = all.findIndex((each) => each.contains(document.activeElement));
      const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[e.key];
      if (at < 0 || e.ctrlKey || e.altKey || e.metaKey) return;
      if (step) all[(at + step + all.length) % all.length].focus();
      else if (/^[1-9]$/.test(e.key) && all[e.key - 1]) pick(all[e.key - 1]);
      else if (e.key === "Escape") text.focus();
      else return;
      e.preventDefault();
    });
  }
  walk($("answers"), answers);
  walk($("suggested"), suggested);
  $("answers").addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || !e.target.matches("li.answer")) return;
    e.preventDefault();
    e.target.querySelector(e.shiftKey ? "[name=record]" : "[name=item]").click();
  });
  // Enter in a field files nothing by accident.
  call.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && e.target.matches("input")) e.preventDefault();
  });

  // --- Time ------------------------------------------------------------------------------------
  const since = new Date(call.dataset.since);
  function tick() {
    const s = Math.max(0, Math.floor((Date.now() - since) / 1000));
    $("timer").textContent = `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
  }
  tick();
  setInterval(tick, 1000);
  for (const radio of document.querySelectorAll(".ways .way"))
    radio.addEventListener("input", () => { radio.previousElementSibling.querySelector("input").checked = true; });
  hear();
  listen();
})();
