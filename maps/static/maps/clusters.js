/* The incidents of one cluster, and the ground below them. */
"use strict";
(() => {
  const map = window[document.getElementById("cluster-map").dataset.map];
  const points = JSON.parse(document.getElementById("points").textContent);
  map.setMaxZoom(18);
  Basemap.attach(map);
  for (const at of points)
    L.circleMarker(at, { radius: 8, color: "#fff", weight: 2, fillColor: "#b3261e", fillOpacity: 0.85, interactive: false }).addTo(map);
  if (points.length) map.fitBounds(L.latLngBounds(points).pad(0.3), { maxZoom: 16 });
})();
