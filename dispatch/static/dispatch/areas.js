/* The areas of a file on the map, faulty ones in red; Enter or a click on one shows its code. */
"use strict";
(async () => {
  const box = document.getElementById("areas-map");
  const map = L.map(box, { maxZoom: 18 }).setView([41.8, 123.43], 8);
  Basemap.attach(map);
  const answer = await fetch(box.dataset.areas, { headers: { Accept: "application/geo+json" } });
  if (!answer.ok) return;
  const colour = (feature) => (feature.properties.faulty ? "#c8231a" : "#1463c2");
  const label = (p) => {
    const told = document.createElement("span");
    told.textContent = `${p.row} · ${p.code} ${p.name}`;
    return told;
  };
  const areas = L.geoJSON(await answer.json(), {
    style: (feature) => ({ color: colour(feature), weight: 2, fillOpacity: 0.2 }),
    onEachFeature: (feature, layer) => layer.bindPopup(label(feature.properties)),
  }).addTo(map);
  if (areas.getBounds().isValid()) map.fitBounds(areas.getBounds(), { padding: [16, 16] });
})();
