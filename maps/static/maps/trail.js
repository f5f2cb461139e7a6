/* The way that the worker of the shown incident has gone in the last hour: drawn when asked for, and
   longer with each step. The sentence beside the button says the same without a map. */
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const map = window[$("live").dataset.map], button = $("trail");
  const chinese = document.documentElement.lang.startsWith("zh");
  const colour = getComputedStyle(document.documentElement).getPropertyValue("--worker").trim() || "#666";
  let worker = {}, line = null;

  map.createPane("trail").style.zIndex = 405; // below workers and incidents
  map.getPane("trail").style.pointerEvents = "none";

  function end(words = "") {
    line?.remove();
    line = null;
    button.setAttribute("aria-pressed", "false");
    $("gone").textContent = words;
  }
  const clock = (moment) => new Date(moment).toLocaleTimeString(chinese ? "zh-CN" : "en-GB", { hour: "2-digit", minute: "2-digit", timeZone: $("live").dataset.zone });
  async function draw() {
    const asked = worker.username;
    const answer = await fetch(`/api/workers/${encodeURIComponent(asked)}/trail.geojson`).catch(() => null);
    const told = answer && await answer.json().catch(() => null);
    if (asked !== worker.username) return;
    if (!answer?.ok) return end(told?.errors ? Object.values(told.errors)[0][0] : gettext("The way could not be loaded."));
    const { geometry, properties: p } = told;
    if (!geometry) return end(interpolate(gettext("%s has shared fewer than two positions in the last hour."), [p.name]));
    line = L.polyline(geometry.coordinates.map(([lon, lat]) => [lat, lon]), { pane: "trail", color: colour, weight: 4, opacity: 0.7, dashArray: "1 7" }).addTo(map);
    button.setAttribute("aria-pressed", "true");
    $("gone").textContent = interpolate(gettext("%(name)s: %(km)s km since %(since)s, last seen at %(until)s."), { name: p.name, km: (p.metres / 1000).toFixed(1), since: clock(p.since), until: clock(p.until) }, true);
    map.fitBounds(line.getBounds(), { maxZoom: map.getZoom(), animate: false, paddingBottomRight: [innerWidth > 832 ? $("drawer").offsetWidth : 0, 0] });
  }
  button.addEventListener("click", () => (line ? end() : draw()));
  document.addEventListener("incident-shown", ({ detail }) => {
    if (detail.username !== worker.username) end();
    worker = detail;
    button.hidden = !detail.username;
  });
  document.addEventListener("worker-moved", ({ detail }) => { if (line && detail.username === worker.username) line.addLatLng(detail.at); });
})();
