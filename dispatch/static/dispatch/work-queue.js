/* What was pressed without signal: kept in the browser's own database with its words and photos,
   sent in order as soon as there is a way, each press once (its key) and with its age. */
"use strict";
window.WorkQueue = (() => {
  const EVERY_MS = 5000;
  let sending = false, needsLogIn = false, told = () => {}, sent = () => {};

  function database() {
    return new Promise((resolve, reject) => {
      const asked = indexedDB.open("hotline-work", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("presses", { keyPath: "id", autoIncrement: true });
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  }
  async function store(mode, act) {
    const db = await database();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = db.transaction("presses", mode);
        const asked = act(transaction.objectStore("presses"));
        transaction.oncomplete = () => resolve(asked.result);
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      });
    } finally { db.close(); }
  }
  // A phone goes from hand to hand: what one worker pressed is never sent as another's.
  const me = document.querySelector("[data-worker]").dataset.worker;
  const all = async () => (await store("readonly", (presses) => presses.getAll())).filter((press) => press.worker === me);
  const keep = (press) => store("readwrite", (presses) => presses.put(press));
  const drop = (id) => store("readwrite", (presses) => presses.delete(id));

  async function press(form) {
    const fields = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken")
      .filter(([, value]) => !(value instanceof File) || value.size);
    const order = form.closest("article")?.id.replace("order-", "") || "";
    const title = form.closest("article")?.querySelector("h1")?.textContent.trim() || "";
    await keep({ worker: me, url: form.action, leads: form.dataset.leads, fields, order, title, step: form.querySelector("button:not([type=button])").textContent.trim(),
      key: crypto.randomUUID(), at: Date.now(), error: "" });
    await send();
  }
  // Date.now() may be set by hand: an age below zero or over a day is cut by the server.
  const age = (press) => Math.max(0, Math.round((Date.now() - press.at) / 1000));

  async function sendOne(press) {
    const body = new FormData();
    for (const [name, value] of press.fields) body.append(name, value);
    body.append("age_s", String(age(press)));
    body.append("worker", press.worker);
    // From the cookie: the page may be an old one, kept, with a token that is good no more.
    const token = document.cookie.split("; ").find((each) => each.startsWith("csrftoken="))?.slice(10) || "";
    const answer = await fetch(press.url, { method: "POST", body, headers: { "X-Queued": "1", "Idempotency-Key": press.key, "X-CSRFToken": token } });
    needsLogIn = answer.redirected || answer.status === 401 || answer.status === 403;
    if (needsLogIn) throw new Error("log in");
    if (answer.status >= 500 || answer.status === 429) throw new Error("later");
    if (answer.ok) { sent(press); return drop(press.id); }
    const errors = (await answer.json().catch(() => ({}))).errors || {};
    press.error = Object.values(errors)[0]?.[0] || String(answer.status);
    return keep(press);
  }
  // One after the other: set out must not arrive before accept.
  async function send() {
    if (sending) return;
    sending = true;
    try {
      for (const press of await all()) if (!press.error) await sendOne(press);
    } catch { /* no signal, or not logged in: the timer tries again */ }
    finally { sending = false; told(await all()); }
  }
  setInterval(async () => { if ((await all()).some((press) => !press.error)) send(); }, EVERY_MS);
  addEventListener("online", send);
  return { press, send, all, drop, waitsForLogIn: () => needsLogIn, onChange: (tell) => { told = tell; }, onSent: (tell) => { sent = tell; } };
})();
