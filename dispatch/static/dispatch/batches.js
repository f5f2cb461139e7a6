/* A batch's decisions: a line from each worker to the incident; pressing one shows its row. */
"use strict";
(() => {
  const box = document.getElementById("batch-map");
  const lines = JSON.parse(document.getElementById("lines").textContent);
  if (!box || !window.L || !lines.length) return;
  const map = L.map(box, { preferCanvas: true, maxZoom: 18 });
  const all = L.latLngBounds(lines.flatMap((each) => [each.from, each.to]).map(([x, y]) => [y, x]));
  map.fitBounds(all.pad(0.1), { maxZoom: 16 });
  Basemap.attach(map);
  function show(number) {
    document.querySelectorAll("tr.here").forEach((row) => row.classList.remove("here"));
    const row = document.getElementById("d-" + number);
    if (!row) return;
    row.classList.add("here");
    row.querySelector("details").open = true;
    row.scrollIntoView({ behavior: "smooth", block: "center" });
  }
  for (const { number, from, to } of lines) {
    const a = [from[1], from[0]], b = [to[1], to[0]];
    L.polyline([a, b], { color: "#1d5fb4", weight: 2, opacity: 0.75 }).addTo(map).on("click", () => show(number));
    L.circleMarker(a, { radius: 4, color: "#0a7a5a", fillOpacity: 1, weight: 1 }).addTo(map);
    L.circleMarker(b, { radius: 4, color: "#b3261e", fillOpacity: 1, weight: 1 }).addTo(map).bindTooltip(number).on("click", () => show(number));
  }
})();
