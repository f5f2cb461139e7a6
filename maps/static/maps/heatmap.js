/* The ground below folium's heat layers; the cells, decoded from their numbers (maps/cells.py); hot
   squares outlined; the last days one after the other, by the button or by the slider with arrow keys;
   and what lies behind a square that is clicked. */
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const box = $("heat").dataset, map = window[box.map], heat = window[box.layer], cold = window[box.fewer];
  const home = JSON.parse($("home").textContent), STEP_MS = 700;
  map.setMaxZoom(18);
  if (home) map.fitBounds([[home[1], home[0]], [home[3], home[2]]]);
  Basemap.attach(map);

  function pairs(flat, level) {
    const found = [];
    for (let i = 0; i < flat.length; i += 2) found.push([...Cells.middle(flat[i], level), flat[i + 1]]);
    return found;
  }

  const WARM = { 0.4: "#fdcc8a", 0.7: "#fc8d59", 1: "#b30000" }, NEAR_PX = 14;
  let whole = { more: [], less: [] }, counts = new Map(), level = 14;
  function put({ more, less }) {
    heat.setLatLngs(more);
    cold.setLatLngs(less);
  }
  function take(told) {
    level = told.level;
    const cells = told.cells;
    if (told.compared) {
      heat.setOptions({ gradient: WARM });
      for (let i = 0; i < cells.length; i += 3) {
        const change = cells[i + 1] - cells[i + 2];
        counts.set(cells[i], [cells[i + 1], change]);
        whole[change > 0 ? "more" : "less"].push([...Cells.middle(cells[i], level), Math.abs(change)]);
      }
    } else {
      whole.more = pairs(cells, level);
      for (let i = 0; i < cells.length; i += 2) counts.set(cells[i], [cells[i + 1], null]);
    }
    put(whole);
    $("heat").dataset.shown = counts.size;
  }
  fetch(box.points).then((answer) => (answer.ok ? answer.json() : Promise.reject())).then(take)
    .catch(() => { $("state").textContent = gettext("No connection."); });

  // --- What lies behind a square
  function told(cell, n, change) {
    const all = document.createElement("p"), link = document.createElement("a");
    all.className = "square-told";
    link.href = `${box.behind}&cell=${level}-${cell}`;
    link.textContent = interpolate(ngettext("%s incident: open the list", "%s incidents: open the list", n), [n]);
    all.append(link);
    if (change !== null) all.append(document.createElement("br"), interpolate(gettext("difference: %s"), [change > 0 ? `+${change}` : change]));
    return all;
  }
  // From afar a square is smaller than a fingertip: the one with most near by is meant.
  function meant({ latlng, containerPoint: at }) {
    const own = Cells.at(latlng, level);
    if (counts.has(own)) return own;
    const corners = [[-NEAR_PX, NEAR_PX], [NEAR_PX, -NEAR_PX]].map((by) => map.containerPointToLatLng(at.add(by)));
    const [low, high] = corners;
    let best = null, most = 0;
    for (const [cell, [n, change]] of counts) {
      const size = Math.abs(change ?? n);
      if (size <= most) continue;
      const [lat, lng] = Cells.middle(cell, level);
      if (lat > low.lat && lat < high.lat && lng > low.lng && lng < high.lng) [best, most] = [cell, size];
    }
    return best;
  }
  map.on("click", (event) => {
    const cell = meant(event);
    if (cell !== null) L.popup().setLatLng(Cells.middle(cell, level)).setContent(told(cell, ...counts.get(cell))).openOn(map);
  });

  // --- Hot spots: they come after everything else
  const hot = $("hot");
  fetch(hot.dataset.part).then((answer) => (answer.ok ? answer.text() : "")).then((html) => {
    if (!html) return;
    hot.insertAdjacentHTML("beforeend", html);
    const outlines = JSON.parse($("hot-cells").textContent), renderer = L.canvas({ padding: 0.3 });
    for (const [cell, percent] of outlines.cells) {
      const sure = percent === 99;
      L.rectangle(Cells.square(cell, outlines.level), { renderer, interactive: false, fill: false, color: "#111", opacity: 0.9, weight: sure ? 2.5 : 1.5, dashArray: sure ? null : "5 4" }).addTo(map);
    }
    document.querySelectorAll("#legend .of-hot").forEach((each) => { each.hidden = !outlines.cells.length; });
    hot.dataset.shown = outlines.cells.length;
  }).catch(() => {});

  // --- Play
  let days = null, timer = null;
  $("player").hidden = false;
  async function load() {
    if (days) return true;
    const answer = await fetch($("player").dataset.days).catch(() => null);
    if (!answer?.ok) { $("told").textContent = gettext("No connection."); return false; }
    const found = await answer.json();
    days = (found.days || []).map(([day, n, cells]) => [day, n, pairs(cells, found.level)]);
    if (!days.length) return false;
    // The same colours for every day: the heat of the busiest cell of all.
    let most = 1;
    for (const [, , spots] of days) for (const spot of spots) most = Math.max(most, spot[2]);
    heat.setOptions({ max: most });
    $("day").max = days.length - 1;
    return true;
  }
  function show(n) {
    const [day, count, spots] = days[n];
    put({ more: spots, less: [] });
    $("day").value = n;
    $("told").textContent = interpolate(gettext("%s: %s"), [day, count]);
    $("whole").hidden = false;
  }
  function stop() {
    clearInterval(timer);
    timer = null;
    $("play").setAttribute("aria-pressed", "false");
  }
  $("play").addEventListener("click", async () => {
    if (timer) { stop(); return; }
    if (!(await load())) return;
    let n = +$("day").value >= days.length - 1 ? 0 : +$("day").value;
    show(n);
    $("play").setAttribute("aria-pressed", "true");
    timer = setInterval(() => (n + 1 < days.length ? show(++n) : stop()), STEP_MS);
  });
  $("day").addEventListener("input", async () => {
    stop();
    const wanted = +$("day").value;
    if (await load()) show(wanted);
  });
  $("whole").addEventListener("click", () => {
    stop();
    heat.setOptions({ max: 1 });
    put(whole);
    $("told").textContent = "";
    $("whole").hidden = true;
    $("play").focus();
  });
})();
