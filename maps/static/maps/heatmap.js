/* The ground below folium's heat layer, the reader's own jurisdiction in view, and the last days
   one after the other: by the button, or by the slider with arrow keys. */
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const map = window[$("heat").dataset.map], layer = window[$("heat").dataset.layer];
  const home = JSON.parse($("home").textContent);
  map.setMaxZoom(18);
  if (home) map.fitBounds([[home[1], home[0]], [home[3], home[2]]]);
  Basemap.attach(map);

  const whole = layer._latlngs, STEP_MS = 700;
  let days = null, timer = null;
  $("player").hidden = false;

  async function load() {
    if (days) return true;
    const answer = await fetch($("player").dataset.days).catch(() => null);
    if (!answer?.ok) { $("told").textContent = gettext("No connection."); return false; }
    days = (await answer.json()).days;
    // The same colours for every day: the heat of the busiest cell of all.
    const most = Math.max(1, ...days.flatMap(([, spots]) => spots.map((s) => s[2])));
    layer.setOptions({ max: most });
    $("day").max = days.length - 1;
    return true;
  }
  function show(n) {
    const [day, spots] = days[n];
    layer.setLatLngs(spots);
    $("day").value = n;
    $("told").textContent = interpolate(gettext("%s: %s"), [day, spots.reduce((sum, s) => sum + s[2], 0)]);
    $("whole").hidden = false;
  }
  function stop() {
    clearInterval(timer);
    timer = null;
    $("play").setAttribute("aria-pressed", "false");
  }
  $("play").addEventListener("click", async () => {
    if (timer) return stop();
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
    layer.setOptions({ max: 1 });
    layer.setLatLngs(whole);
    $("told").textContent = "";
    $("whole").hidden = true;
    $("play").focus();
  });
})();
