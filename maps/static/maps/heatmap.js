/* The ground below folium's heat layer, and the reader's own jurisdiction in view. */
"use strict";
(() => {
  const map = window[document.getElementById("heat").dataset.map];
  const home = JSON.parse(document.getElementById("home").textContent);
  map.setMaxZoom(18);
  if (home) map.fitBounds([[home[1], home[0]], [home[3], home[2]]]);
  Basemap.attach(map);
})();
