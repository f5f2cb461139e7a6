/* The public map: bubbles from afar, squares with their states from near by, and the list of what is
   in view. The page works as a list without any of this. */
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  if (!window.L) return;
  const data = JSON.parse($("near-data").textContent);
  const NEAR = 14, FINEST = 16, STATES = ["closed", "working", "open"];
  const SAID = { open: gettext("reported"), working: gettext("being worked on"), closed: gettext("closed") };
  $("near-map").hidden = false;
  const map = L.map("near-map", { minZoom: 6, maxZoom: 18, center: [41.3, 122.9], zoom: 7 });
  const told = /^#(\d+)\/(-?[\d.]+)\/(-?[\d.]+)$/.exec(location.hash);
  if (told) map.setView([+told[2], +told[3]], +told[1]);
  else if (data.at) map.setView([data.at[1], data.at[0]], data.zoom);
  else if (data.box) map.fitBounds([[data.box[1], data.box[0]], [data.box[3], data.box[2]]]);
  Basemap.attach(map);

  const options = { source: "/tiles/public", query: () => data.filters };
  Bubbles.of({ ...options, to: NEAR - 1, words: (n) => interpolate(ngettext("%s report; nearer", "%s reports; nearer", n), [n]) }).addTo(map);

  // A square says how many, and by colour and shape how far the least advanced is.
  const Squares = Bubbles.Layer.extend({
    bubble(p, coords) {
      const at = this.place(p, coords), state = STATES[p.state], size = p.n > 1 ? 30 : 24;
      const words = interpolate(ngettext("%s report, %s", "%s reports, %s", p.n), [p.n, SAID[state]]);
      const icon = L.divIcon({ className: `spot ${state}`, html: "", iconSize: [size, size] });
      const marker = L.marker(at, { icon, title: words, alt: words });
      marker.on("add", () => {
        const shape = document.createElement("b"), inside = document.createElement("span");
        inside.textContent = p.n > 1 ? p.n : state === "closed" ? "✓" : "";
        shape.append(inside);
        marker.getElement().replaceChildren(shape);
      });
      const box = document.createElement("div");
      box.className = "near-popup";
      marker.bindPopup(box, { minWidth: 230 });
      marker.on("popupopen", async () => {
        box.textContent = gettext("Loading ...");
        const rows = await listOf(`square=${p.square}`);
        if (rows === null) box.textContent = gettext("No connection.");
        else box.innerHTML = rows; // our own page's part
        marker.getPopup().update();
      });
      return marker;
    },
  });
  new Squares({ ...options, to: 18, minZoom: NEAR, maxNativeZoom: FINEST }).addTo(map);

  async function listOf(where) {
    const answer = await fetch(`/near/rows?${where}${data.filters}`).catch(() => null);
    return answer?.ok ? answer.text() : null;
  }

  // --- The list says what the map shows -----------------------------------------------------------
  const whole = $("near-rows").innerHTML, head = $("near-head").textContent;
  let asked = 0, moved = false;
  async function relist() {
    const mine = ++asked, near = map.getZoom() >= NEAR, b = map.getBounds();
    if (!near) return restore();
    const rows = await listOf(`box=${[b.getWest(), b.getSouth(), b.getEast(), b.getNorth()].map((v) => v.toFixed(5)).join(",")}`);
    if (mine !== asked || rows === null) return;
    $("near-head").textContent = gettext("On the map");
    $("near-rows").innerHTML = rows;
    if ($("near-pages")) $("near-pages").hidden = true;
  }
  function restore() {
    $("near-head").textContent = head;
    $("near-rows").innerHTML = whole;
    if ($("near-pages")) $("near-pages").hidden = false;
  }
  function remember() {
    const c = map.getCenter(), at = `${c.lat.toFixed(4)}/${c.lng.toFixed(4)}`;
    $("report-here").href = map.getZoom() >= NEAR ? `/?lat=${c.lat.toFixed(5)}&lon=${c.lng.toFixed(5)}` : "/";
    if (moved) history.replaceState(null, "", `#${map.getZoom()}/${at}`);
  }
  let timer = 0;
  map.on("moveend", () => { moved = true; remember(); clearTimeout(timer); timer = setTimeout(relist, 250); });
  remember();
  if (told || data.at) relist();

  // --- Near me ------------------------------------------------------------------------------------
  if (navigator.geolocation && window.isSecureContext) {
    $("near-me").hidden = false;
    $("near-me").addEventListener("click", () => {
      $("near-error").textContent = gettext("Looking for you ...");
      navigator.geolocation.getCurrentPosition(
        // As coarse as the answer: our log needs no more.
        ({ coords }) => location.assign(`/near?lat=${coords.latitude.toFixed(3)}&lon=${coords.longitude.toFixed(3)}${data.filters}`),
        () => { $("near-error").textContent = gettext("Your position was not given; choose a place by name."); },
        { timeout: 15000, maximumAge: 60000 });
    });
  }
})();
