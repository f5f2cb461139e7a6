/* Bubbles with counts, from the vector tiles of open incidents: what a map from afar can show.
   Bubbles.of(options) is a layer up to the zoom `to`; a click or Enter goes nearer. The list beside the
   map says the same for who sees no map. */
"use strict";
window.Bubbles = (() => {
  const EXTENT = 4096, GRID = 2, SOON_MS = 1500, SIDE = 256;

  // Just enough of the Mapbox Vector Tile format 2.1: points with whole numbers, such as `n`.
  function* parts(bytes) {
    let at = 0;
    const varint = () => {
      let value = 0, scale = 1, byte;
      do { byte = bytes[at++]; value += (byte & 127) * scale; scale *= 128; } while (byte > 127);
      return value;
    };
    while (at < bytes.length) {
      const key = varint(), kind = key & 7;
      if (kind === 0) yield [key >> 3, varint()];
      else { const size = kind === 2 ? varint() : kind === 1 ? 8 : 4; yield [key >> 3, bytes.subarray(at, (at += size))]; }
    }
  }
  function numbers(bytes) {
    const found = [];
    for (let at = 0; at < bytes.length; ) {
      let value = 0, scale = 1, byte;
      do { byte = bytes[at++]; value += (byte & 127) * scale; scale *= 128; } while (byte > 127);
      found.push(value);
    }
    return found;
  }
  const signed = (v) => (v % 2 ? -(v + 1) : v) * 0.5;
  function read(bytes) {
    const found = [];
    for (const [number, layer] of parts(bytes)) {
      if (number !== 3) continue;
      const keys = [], values = [], features = [];
      for (const [n, content] of parts(layer)) {
        if (n === 3) keys.push(new TextDecoder().decode(content));
        if (n === 4) for (const [kind, v] of parts(content)) values.push(kind === 6 ? signed(v) : v);
        if (n === 2) features.push(Object.fromEntries(parts(content)));
      }
      for (const f of features) {
        const [, dx, dy] = numbers(f[4]), tags = numbers(f[2]), point = { x: signed(dx), y: signed(dy) };
        for (let at = 0; at < tags.length; at += 2) point[keys[tags[at]]] = values[tags[at + 1]];
        found.push(point);
      }
    }
    return found;
  }

  // `source`: where the tiles are; `query`: gives the filters, beginning with &; `words`: what a bubble
  // of so many is called.
  const STAFF = {
    source: "/tiles/incidents",
    words: (n) => interpolate(ngettext("%s open incident; nearer", "%s open incidents; nearer", n), [n]),
  };
  const Layer = L.GridLayer.extend({
    initialize(options) {
      L.GridLayer.prototype.initialize.call(this, { maxZoom: options.to, ...STAFF, ...options });
      this.markers = new Map();
      this.on("tileunload", (e) => this.clear(this._tileCoordsToKey(e.coords)));
    },
    onRemove(map) {
      for (const key of this.markers.keys()) this.clear(key);
      L.GridLayer.prototype.onRemove.call(this, map);
    },
    clear(key) {
      this.markers.get(key)?.remove();
      this.markers.delete(key);
    },
    createTile(coords) {
      this.fill(coords);
      return document.createElement("div");
    },
    async fill(coords) {
      const { x, y, z } = coords, key = this._tileCoordsToKey(coords), wide = 1 << z;
      if (y < 0 || y >= wide || x < 0 || x >= wide) return;
      const answer = await fetch(`${this.options.source}/${z}/${x}/${y}.mvt?grid=${GRID}${this.options.query()}`).catch(() => null);
      if (!answer?.ok || !this._map) return;
      const points = read(new Uint8Array(await answer.arrayBuffer()));
      if (!this._map || !this._tiles[key]) return;
      const group = L.layerGroup(points.map((p) => this.bubble(p, coords)));
      this.clear(key);
      this.markers.set(key, group.addTo(this._map));
    },
    place(p, { x, y, z }) {
      return this._map.unproject(L.point(x + p.x / EXTENT, y + p.y / EXTENT).multiplyBy(SIDE), z);
    },
    bubble(p, coords) {
      const at = this.place(p, coords), { z } = coords;
      const size = Math.round(26 + 9 * Math.log10(p.n)), words = p.n < 10000 ? String(p.n) : Math.round(p.n * 0.001) + "k";
      const title = this.options.words(p.n);
      const icon = L.divIcon({ className: "bubble", html: "", iconSize: [size, size] });
      const marker = L.marker(at, { icon, title, alt: title, pane: "markerPane" });
      marker.on("add", () => { marker.getElement().textContent = words; });
      marker.on("click", () => this._map.setView(at, z + 2));
      return marker;
    },
    // Something changed: the tiles in view are asked again, all together and not at once.
    soon() {
      if (!this._map || this.waiting) return;
      this.waiting = setTimeout(() => { this.waiting = null; this.again(); }, SOON_MS);
    },
    again() {
      if (this._map && this._map.getZoom() <= this.options.to) for (const tile of Object.values(this._tiles)) this.fill(tile.coords);
    },
  });
  return { of: (options) => new Layer(options), Layer, read };
})();
