/* Every moving layer of the live map: incidents, workers, and the list beside them.
   The page loads each layer once, then the gateway's stream brings what changes; without the stream
   it asks again every few seconds. The reader's view and selection are never moved by news. */
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const map = window[$("live").dataset.map];
  const home = JSON.parse($("home").textContent);
  const chinese = document.documentElement.lang.startsWith("zh");
  const OPEN = new Set(["registered", "triage", "accepted", "dispatched", "in_progress", "replied", "call_back"]);
  const ORDER = { offered: gettext("offered"), accepted: gettext("accepted"), en_route: gettext("on the way"), arrived: gettext("arrived"), done: gettext("done") };
  const STATUS = Object.fromEntries([...$("f-status").options].map((o) => [o.value, o.text]));
  const incidents = new Map(), workers = new Map();
  const css = getComputedStyle(document.documentElement);
  const colour = (name) => css.getPropertyValue("--" + name).trim() || "#666";
  const byCode = new Map(); // user name of a worker -> marker
  let selected = null, cursor = null, stream = null;
  // For what else stands on the page (trail.js).
  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

  map.setMaxZoom(18);
  if (home) map.fitBounds([[home[1], home[0]], [home[3], home[2]]]); else map.setView([41.3, 122.9], 7);
  Basemap.attach(map);
  map.createPane("workers").style.zIndex = 410;
  map.createPane("incidents").style.zIndex = 420;
  const inWorkers = L.canvas({ pane: "workers", padding: 0.3 }), inIncidents = L.canvas({ pane: "incidents", padding: 0.3 });
  map.getPane("workers").style.pointerEvents = "none"; // incidents above and below stay clickable

  // Colour says the state; the ring says urgent; dashes say that it waits for a person.
  const look = (p) => ({ radius: selected === p.number ? 11 : 8, fillColor: colour(p.waiting ? "triage" : p.status === "accepted" ? "registered" : p.status === "call_back" ? "replied" : p.status),
    fillOpacity: 0.9, color: selected === p.number ? colour("ink") : p.urgent ? colour("urgent") : "#fff", weight: p.urgent || selected === p.number ? 4 : 2, dashArray: p.waiting ? "3 3" : null });
  const title = (p) => `${p.icon} ${chinese ? p.category_zh : p.category_en}`;
  const where = (p) => (chinese ? p.division_name : p.division_name_en) || "";
  const says = (p) => (p.order ? `${STATUS[p.status] || p.status} · ${ORDER[p.order]}` : STATUS[p.status] || p.status);

  // --- Incidents -------------------------------------------------------------------------------
  const wanted = (p) => OPEN.has(p.status) && (!$("f-status").value || p.status === $("f-status").value)
    && (!$("f-field").value || p.field === $("f-field").value) && (!$("f-urgent").checked || p.urgent) && (!$("f-waiting").checked || p.waiting);

  function put(feature, fresh) {
    const p = feature.properties, known = incidents.get(p.number);
    // Without a place it stands in the list alone, until a dispatcher finds one.
    const [lon, lat] = feature.geometry?.coordinates || [0, 0];
    const entry = known || { marker: L.circleMarker([lat, lon], { pane: "incidents", renderer: inIncidents }) };
    entry.feature = feature;
    entry.marker.setLatLng([lat, lon]);
    if (!known) {
      entry.marker.on("click", () => open(p.number));
      entry.marker.bindTooltip("", { direction: "top" });
      incidents.set(p.number, entry);
    }
    entry.marker.setStyle(look(p)).setRadius(look(p).radius);
    entry.marker.setTooltipContent(text(`${title(p)} · ${says(p)} · ${where(p)}`));
    show(entry);
    if (fresh) entry.fresh = Date.now();
  }
  function text(words) { const span = document.createElement("span"); span.textContent = words; return span; }
  function show(entry) {
    const on = wanted(entry.feature.properties) && entry.feature.geometry !== null;
    if (on !== map.hasLayer(entry.marker)) on ? entry.marker.addTo(map) : entry.marker.remove();
    if (!OPEN.has(entry.feature.properties.status)) { entry.marker.remove(); incidents.delete(entry.feature.properties.number); }
  }

  // --- The list: the same without a map; at most 200 lines, newest and urgent first --------------
  let listing = 0;
  function relist() { if (!listing) listing = requestAnimationFrame(() => { listing = 0; drawList(); }); }
  function drawList() {
    const entries = [...incidents.values()].filter((e) => wanted(e.feature.properties))
      .sort((a, b) => b.feature.properties.urgent - a.feature.properties.urgent || b.feature.id - a.feature.id);
    $("count").textContent = interpolate(ngettext("%s incident", "%s incidents", entries.length), [entries.length]);
    const focused = document.activeElement?.dataset?.number, top = $("list").getBoundingClientRect().top;
    // Who has scrolled down goes on reading the same line, whatever comes in above it.
    const read = $("list").scrollTop > 0 && [...$("list").querySelectorAll("button")].find((b) => b.getBoundingClientRect().bottom > top);
    const number = read?.dataset?.number, at = read ? read.getBoundingClientRect().top : 0;
    $("list").replaceChildren(...entries.slice(0, 200).map(line));
    const again = number && $("list").querySelector(`[data-number="${number}"]`);
    if (again) $("list").scrollTop += again.getBoundingClientRect().top - at;
    if (focused) $("list").querySelector(`[data-number="${focused}"]`)?.focus({ preventScroll: true });
  }
  function line(entry) {
    const p = entry.feature.properties, li = document.createElement("li"), b = document.createElement("button");
    const top = document.createElement("span"), small = document.createElement("small"), second = document.createElement("small"), time = document.createElement("time");
    b.type = "button"; b.dataset.number = p.number; b.dataset.status = p.status; b.dataset.order = p.order || p.done || "";
    b.className = (p.waiting ? "triage" : p.urgent ? "urgent" : p.status) + (Date.now() - (entry.fresh || 0) < 2500 ? " fresh" : "");
    b.setAttribute("aria-current", String(selected === p.number));
    top.className = "top"; top.append(text(title(p) + (p.urgent ? " ❗" : "")), time);
    time.className = "num"; time.dateTime = p.created_at; time.textContent = new Date(p.created_at).toLocaleTimeString(chinese ? "zh-CN" : "en-GB", { hour: "2-digit", minute: "2-digit", timeZone: $("live").dataset.zone });
    small.textContent = where(p);
    second.textContent = says(p) + (p.worker ? ` · ${p.worker}` : "");
    b.append(top, small, second);
    b.addEventListener("click", () => open(p.number, true));
    li.append(b);
    return li;
  }

  // --- Workers ------------------------------------------------------------------------------------
  function putWorker(feature) {
    const p = feature.properties, [lon, lat] = feature.geometry.coordinates, known = workers.get(feature.id);
    if (!p.on_shift) { known?.remove(); workers.delete(feature.id); byCode.delete(p.username); return; }
    const marker = known || L.circleMarker([lat, lon], { pane: "workers", renderer: inWorkers });
    marker.setLatLng([lat, lon]);
    // A full square is busy, a hollow one at home; a shared position is larger.
    marker.setStyle({ color: colour("worker"), weight: 1, fillColor: colour("worker"), fillOpacity: p.open_orders ? 0.95 : 0.35 }).setRadius(p.position_at ? 6 : 2.5);
    if (!known) workers.set(feature.id, marker);
    marker.shared = Boolean(p.position_at);
    byCode.set(p.username, marker);
    if (kept && incidents.get(kept)?.feature.properties.worker_code === p.username) recentre();
    tell("worker-moved", { username: p.username, at: [lat, lon] });
    if ($("f-workers").checked && !map.hasLayer(marker)) marker.addTo(map);
  }
  function showWorkers() { for (const m of workers.values()) $("f-workers").checked ? m.addTo(map) : m.remove(); }

  // --- Kept in the middle: an incident, or the worker on the way to it, until the reader moves the map --
  let kept = null, ours = false, zooming = false;
  function middle() {
    const entry = incidents.get(kept);
    if (!entry) return null;
    const worker = byCode.get(entry.feature.properties.worker_code);
    if (worker?.shared) return worker.getLatLng();
    return entry.feature.geometry ? entry.marker.getLatLng() : null;
  }
  function recentre() {
    if (!kept) return;
    const at = middle();
    if (!at) return keep(null);
    ours = true;
    // The drawer covers the right side of a wide screen.
    const aside = innerWidth > 832 && !$("drawer").hidden ? $("drawer").offsetWidth / 2 : 0;
    map.setView(map.unproject(map.project(at).add([aside, 0])), map.getZoom(), { animate: false });
    ours = false;
  }
  function keep(number) {
    const had = kept !== null;
    kept = number;
    $("keep").setAttribute("aria-pressed", String(kept !== null));
    $("kept").textContent = kept ? gettext("Kept in the middle; move the map to end it.") : had ? gettext("Nothing is kept in the middle any more.") : "";
    recentre();
  }
  map.on("zoomstart", () => { zooming = true; });
  map.on("zoomend", () => { zooming = false; recentre(); });
  map.on("movestart", () => { if (kept && !ours && !zooming) keep(null); });
  $("keep").addEventListener("click", () => keep(kept === selected ? null : selected));

  // --- Detail --------------------------------------------------------------------------------------
  async function open(number, pan) {
    const before = selected;
    if (kept && kept !== number) keep(null);
    selected = number;
    for (const n of [before, number]) { const e = incidents.get(n); if (e) e.marker.setStyle(look(e.feature.properties)).setRadius(look(e.feature.properties).radius); }
    history.replaceState(null, "", "#" + number);
    await detail();
    $("drawer").hidden = false;
    const e = incidents.get(number);
    if (pan && e && e.feature.geometry) {
      map.setView(e.marker.getLatLng(), Math.max(map.getZoom(), 15), { animate: false });
      // The incident moves out from under the drawer of a wide screen.
      if (innerWidth > 832) map.panBy([$("drawer").offsetWidth / 2, 0], { animate: false });
    }
    if (pan) $("detail").focus();
    relist();
  }
  const typing = () => $("detail").contains(document.activeElement) && document.activeElement.matches("input:not([type=radio]), textarea, select");
  async function detail() {
    if (!selected || typing()) return;
    const number = selected;
    const answer = await fetch(`/desk/${encodeURIComponent(number)}/?panel=1`).catch(() => null);
    if (!answer || number !== selected || typing()) return;
    if (!answer.ok) return close();
    const html = await answer.text(), chosen = $("detail").querySelector("[name=worker]:checked")?.value, details = $("detail").querySelector("details.choose")?.open;
    $("detail").innerHTML = html;
    const shown = incidents.get(number)?.feature.properties;
    tell("incident-shown", { number, username: shown?.worker_code, name: shown?.worker });
    if (chosen) { const r = $("detail").querySelector(`[name=worker][value="${chosen}"]`); if (r) r.checked = true; }
    if (details !== undefined && $("detail").querySelector("details.choose")) $("detail").querySelector("details.choose").open = details;
  }
  // What is done in the drawer stays in the drawer, its refusals as well.
  $("detail").addEventListener("submit", async (e) => {
    const form = e.target;
    if (form.method !== "post") return;
    e.preventDefault();
    const button = e.submitter;
    if (button) button.disabled = true;
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Panel": "1" } }).catch(() => null);
    if (button) button.disabled = false;
    if (!answer) return alert(gettext("No connection; nothing was changed. Please try again."));
    if (!answer.headers.get("content-type")?.startsWith("text/html") || answer.redirected) return close();
    $("detail").innerHTML = await answer.text();
    $("detail").focus();
  });
  function close() {
    const e = incidents.get(selected), was = selected;
    if (kept) keep(null);
    selected = null;
    tell("incident-shown", { number: null });
    $("drawer").hidden = true;
    history.replaceState(null, "", location.pathname + location.search);
    if (e) e.marker.setStyle(look(e.feature.properties)).setRadius(8);
    $("list").querySelector(`[data-number="${was}"]`)?.focus({ preventScroll: true });
  }
  map.on("click", (e) => {
    const form = $("detail").querySelector(".set-place");
    if (!form || $("drawer").hidden) return;
    form.lat.value = e.latlng.lat.toFixed(6);
    form.lon.value = e.latlng.lng.toFixed(6);
  });

  // --- From afar: how many are open where, counted by the server --------------------------------
  // Below this zoom bubbles stand for the incidents, where there are too many for dots, and where no
  // filter is set that the counts do not know.
  const FAR = 11, MANY = 400;
  const bubbles = Bubbles.of({ to: FAR - 1, query: () => ($("f-field").value ? `&field=${$("f-field").value}` : "") });
  function nearOrFar() {
    const filtered = $("f-status").value || $("f-urgent").checked || $("f-waiting").checked;
    const far = map.getZoom() < FAR && incidents.size > MANY && !filtered;
    for (const name of ["incidents", "workers"]) map.getPane(name).style.display = far ? "none" : "";
    if (far !== map.hasLayer(bubbles)) far ? bubbles.addTo(map) : bubbles.remove();
  }
  map.on("zoomend", nearOrFar);

  // --- Loading and listening -------------------------------------------------------------------
  async function loadIncidents() {
    const answer = await fetch("/api/incidents.geojson?cursor=1");
    if (!answer.ok) throw new Error(answer.status);
    cursor = answer.headers.get("Live-Cursor");
    const { features } = await answer.json(), seen = new Set(features.map((f) => f.properties.number));
    for (const [number, e] of incidents) if (!seen.has(number)) { e.marker.remove(); incidents.delete(number); }
    features.forEach((f) => put(f, false));
    nearOrFar();
    relist();
  }
  async function loadWorkers() {
    const answer = await fetch("/api/workers.geojson");
    if (!answer.ok) throw new Error(answer.status);
    const { features } = await answer.json(), seen = new Set(features.map((f) => f.id));
    for (const [id, m] of workers) if (!seen.has(id)) { m.remove(); workers.delete(id); }
    features.forEach(putWorker);
  }
  async function begin() {
    const workers = loadWorkers();
    // Who listens from the layer's own row on misses nothing; the workers may still be on their way.
    await loadIncidents();
    listen();
    await workers;
    $("live").dataset.loaded = "true";
  }
  function state(kind, words) { $("state").className = "state " + kind; $("state-text").textContent = words; }
  let soon = 0;
  function hear(message) {
    const feature = JSON.parse(message.data);
    cursor = message.lastEventId || cursor;
    put(feature, true);
    if (feature.properties.number === kept) recentre();
    relist();
    bubbles.soon();
    if (feature.properties.number === selected) { clearTimeout(soon); soon = setTimeout(detail, 150); }
  }
  function listen() {
    stream = new EventSource(`${document.body.dataset.live}/live/events?last=${cursor ?? ""}`, { withCredentials: true });
    stream.addEventListener("incident", hear);
    stream.addEventListener("workorder", hear);
    stream.addEventListener("worker", (m) => putWorker(JSON.parse(m.data)));
    stream.addEventListener("reset", () => reload());
    stream.onopen = () => state("on", gettext("Live"));
    stream.onerror = () => {
      state("off", gettext("No live stream; asking every few seconds"));
      // A refused stream is not tried again by the browser itself.
      if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
    };
  }
  async function reload() {
    try { await Promise.all([loadIncidents(), loadWorkers()]); } catch { state("off", gettext("The layers could not be loaded; trying again")); }
  }
  setInterval(() => { if (stream?.readyState !== EventSource.OPEN) reload(); }, 5000);
  setInterval(() => { if (stream?.readyState === EventSource.OPEN) reload(); }, 120000);

  // --- Filters live in the address, so that a link shows the same --------------------------------
  const INPUTS = { status: "f-status", field: "f-field", urgent: "f-urgent", waiting: "f-waiting", workers: "f-workers" };
  function readFilters() {
    const asked = new URLSearchParams(location.search);
    for (const [name, id] of Object.entries(INPUTS)) {
      if (!asked.has(name)) continue;
      if ($(id).type === "checkbox") $(id).checked = asked.get(name) === "1"; else $(id).value = asked.get(name);
    }
  }
  function writeFilters() {
    const asked = new URLSearchParams();
    for (const [name, id] of Object.entries(INPUTS)) {
      const e = $(id), value = e.type === "checkbox" ? (e.checked ? "1" : "0") : e.value;
      if (value && !(e.type === "checkbox" && e.checked === e.defaultChecked)) asked.set(name, value);
    }
    history.replaceState(null, "", location.pathname + (asked.size ? "?" + asked : "") + location.hash);
  }
  $("filters").addEventListener("change", (e) => {
    writeFilters();
    if (e.target.id === "f-workers") return showWorkers();
    for (const entry of [...incidents.values()]) show(entry);
    relist();
    nearOrFar();
    if (e.target.id === "f-field" && map.hasLayer(bubbles)) bubbles.redraw();
  });
  $("filters").addEventListener("submit", (e) => e.preventDefault());
  $("close").addEventListener("click", close);
  document.addEventListener("keydown", (e) => { if (e.key === "Escape" && !$("drawer").hidden) close(); });

  readFilters();
  begin().catch(() => { reload(); if (!stream) listen(); }).then(() => { if (location.hash.length > 1) open(decodeURIComponent(location.hash.slice(1)), true); });
})();
