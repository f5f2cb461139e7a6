/* The phone page keeps itself fresh, draws the way on a map, keeps what is pressed until it is
   sent, and, when asked, shares the position while on shift. */
"use strict";
(() => {
  const list = document.getElementById("orders"), share = document.getElementById("share"), says = document.getElementById("share-says");
  const unsent = document.getElementById("unsent"), mapBox = document.getElementById("work-map");
  const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

  // A half-written form is never thrown away by news.
  const busy = () => list.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")
    || [...list.querySelectorAll("textarea, input:not([type=hidden])")].some((e) => e.value && e.value !== e.defaultValue);
  // Each rendering carries fresh form tokens; only the rest tells whether anything changed.
  const bare = (html) => html.replace(/<input type="hidden"[^>]*>/g, "").replace(/\s+/g, " ");
  let last = bare(list.innerHTML);
  async function refresh() {
    if (busy()) return;
    const answer = await fetch("?list=1").catch(() => null);
    if (!answer || !answer.ok || answer.redirected || busy()) return;
    const holder = document.createElement("div");
    holder.innerHTML = await answer.text();
    const now = bare(holder.innerHTML);
    if (now === last) return;
    const before = list.querySelectorAll("article").length;
    last = now;
    list.replaceChildren(...holder.childNodes);
    draw();
    mark(await WorkQueue.all());
    if (list.querySelectorAll("article").length > before) navigator.vibrate?.(200);
  }

  // Server-sent events say when; the list itself is asked for, so that it is always the truth.
  let soon = 0;
  const later = () => { clearTimeout(soon); soon = setTimeout(refresh, 200); };
  const stream = new EventSource(document.body.dataset.live + "/live/events", { withCredentials: true });
  stream.addEventListener("incident", later);
  stream.addEventListener("workorder", later);
  stream.onopen = later;
  setInterval(refresh, 8000);

  // --- What is pressed: kept first, then sent ------------------------------------------------------
  list.addEventListener("submit", async (e) => {
    if (!window.indexedDB || !crypto.randomUUID) return; // the form goes by itself, without the queue
    e.preventDefault();
    const form = e.target, button = e.submitter;
    if (button) button.disabled = true;
    await WorkQueue.press(form);
    if ((await WorkQueue.all()).some((press) => press.url === form.action && press.error)) { if (button) button.disabled = false; return; }
    form.reset();
    document.activeElement?.blur();
    refresh();
  });
  function mark(presses) {
    for (const article of list.querySelectorAll("article")) {
      const own = presses.filter((press) => "order-" + press.order === article.id && !press.error);
      article.querySelector(".queued").hidden = !own.length;
      // What was pressed and not sent yet counts already: the next step can be pressed behind it.
      const stands = own.length ? own[own.length - 1].leads : article.dataset.status;
      article.querySelectorAll(".step").forEach((step) => { step.hidden = !step.dataset.when.split(" ").includes(stands); });
      if (stands === "arrived") article.querySelector("[data-leads=done]").closest("details").open = true;
    }
    unsent.hidden = !presses.length;
    unsent.querySelector("ul").replaceChildren(...presses.map(line));
  }
  function line(press) {
    const li = document.createElement("li"), what = document.createElement("b"), state = document.createElement("p");
    what.textContent = `${press.step} · ${press.title}`;
    state.className = press.error ? "error" : "hint";
    state.textContent = press.error || (WorkQueue.waitsForLogIn() ? gettext("Kept; please log in again.") : gettext("Waits for signal."));
    li.append(what, state);
    if (press.error) {
      const words = press.fields.filter(([, value]) => typeof value === "string" && value).map(([, value]) => value).join(" · ");
      const kept = document.createElement("p"), gone = document.createElement("button");
      kept.textContent = words;
      gone.type = "button";
      gone.textContent = gettext("I have read it");
      gone.addEventListener("click", async () => { await WorkQueue.drop(press.id); mark(await WorkQueue.all()); refresh(); });
      li.append(kept, gone);
    }
    return li;
  }
  // Until the list itself says so, which waits while somebody writes in it.
  WorkQueue.onSent((press) => { const article = document.getElementById("order-" + press.order); if (article) article.dataset.status = press.leads; });
  WorkQueue.onChange((presses) => { mark(presses); later(); });
  WorkQueue.send();
  document.querySelectorAll("form[action*='logout']").forEach((form) => form.addEventListener("submit", () => { window.caches?.delete("work-1"); }));
  if (navigator.serviceWorker && isSecureContext) navigator.serviceWorker.register("/work/offline.js", { scope: "/work/" }).catch(() => {});

  // --- The way on a map ----------------------------------------------------------------------------
  let map = null, pins = null;
  function draw() {
    const stops = JSON.parse(document.getElementById("stops")?.textContent || "[]");
    mapBox.hidden = !window.L || !stops.length;
    if (mapBox.hidden) return;
    if (!map) {
      map = L.map(mapBox, { preferCanvas: true, maxZoom: 18, attributionControl: true });
      map.setView([stops[0].lat, stops[0].lon], 15);
      Basemap.attach(map);
      pins = L.layerGroup().addTo(map);
    }
    pins.clearLayers();
    const way = stops.map((stop) => [stop.lat, stop.lon]);
    if (way.length > 1) pins.addLayer(L.polyline(way, { dashArray: "6 6", weight: 3 }));
    for (const stop of stops) {
      const icon = L.divIcon({ className: "stop-pin" + (stop.urgent ? " urgent" : ""), html: String(stop.n), iconSize: [28, 28] });
      const pin = L.marker([stop.lat, stop.lon], { icon, alt: String(stop.n) }).addTo(pins);
      pin.on("click", () => document.getElementById("order-" + stop.order)?.scrollIntoView({ behavior: "smooth" }));
    }
    map.fitBounds(L.latLngBounds(way).pad(0.3), { maxZoom: 16 });
  }
  draw();

  // --- Position ----------------------------------------------------------------------------------
  let watch = null, sent = 0;
  function tell(text) { says.hidden = !text; says.textContent = text; }
  async function send({ coords }) {
    if (Date.now() - sent < 10000) return; // every ten seconds is enough to be found
    sent = Date.now();
    const answer = await fetch("/api/worker/position", {
      method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
      body: JSON.stringify({ latitude: coords.latitude, longitude: coords.longitude, accuracy_m: coords.accuracy }),
    }).catch(() => null);
    if (!answer) return tell(gettext("No connection; your position is sent when it is back."));
    if (answer.status === 204) return tell(gettext("Your position is shared while this page is open and you are on shift."));
    const body = await answer.json().catch(() => ({}));
    tell(Object.values(body.errors || { "": [answer.status] })[0][0]);
    if (answer.status === 409) stop();
  }
  function stop() { if (watch !== null) navigator.geolocation.clearWatch(watch); watch = null; share.setAttribute("aria-pressed", "false"); }
  share.addEventListener("click", () => {
    if (watch !== null) { stop(); return tell(""); }
    if (!navigator.geolocation || !window.isSecureContext) return tell(gettext("This browser does not tell its position here."));
    share.setAttribute("aria-pressed", "true");
    watch = navigator.geolocation.watchPosition(send, () => { stop(); tell(gettext("Your position was not given.")); }, { enableHighAccuracy: true });
  });
})();
