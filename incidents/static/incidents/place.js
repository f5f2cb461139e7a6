/* Where it is: device, photo, search by name, or a pin on the map. `Place.get()` gives the answer;
   everything else of the page works when there is no map at all. */
"use strict";
window.Place = (() => {
  const $ = (id) => document.getElementById(id);
  const chinese = document.documentElement.lang.startsWith("zh");
  const ORIGINS = { pin: gettext("pin set by you"), device: gettext("position of your device"), exif: gettext("position inside your photo") };
  let place = null, map = null, pin = null, asking = 0;
  const listeners = [];

  function startMap() {
    if (!window.L) { $("map").hidden = true; return; }
    map = L.map("map", { center: [41.8, 123.43], zoom: 11, minZoom: 6, maxZoom: 18, preferCanvas: true });
    Basemap.attach(map);
    map.on("click", (e) => set(e.latlng.lat, e.latlng.lng, "pin"));
    // With the keyboard the arrows move the map, Enter sets the pin in its middle.
    $("map").addEventListener("keydown", (e) => {
      if (e.key !== "Enter" || e.target !== $("map")) return;
      e.preventDefault();
      set(map.getCenter().lat, map.getCenter().lng, "pin");
    });
  }

  function showPin() {
    if (!map) return;
    const at = [place.latitude, place.longitude];
    if (!pin) {
      const icon = L.divIcon({ className: "pin", iconSize: [34, 44], iconAnchor: [17, 43],
        html: '<svg viewBox="0 0 34 44" width="34" height="44" aria-hidden="true"><path d="M17 1C8 1 1 8 1 17c0 11 16 26 16 26s16-15 16-26C33 8 26 1 17 1z" fill="#d2411e" stroke="#fff" stroke-width="2"/><circle cx="17" cy="17" r="6" fill="#fff"/></svg>' });
      pin = L.marker(at, { icon, draggable: true, alt: gettext("The pin: drag it to the exact spot") }).addTo(map);
      pin.on("dragend", () => { const p = pin.getLatLng(); set(p.lat, p.lng, "pin"); });
    }
    pin.setLatLng(at);
  }

  async function set(latitude, longitude, origin, accuracy = null, zoom = null) {
    place = { latitude: +latitude.toFixed(6), longitude: +longitude.toFixed(6), origin, accuracy };
    showPin();
    if (map && zoom) map.setView([latitude, longitude], Math.max(map.getZoom(), zoom));
    $("e-position").textContent = "";
    const mine = ++asking;
    try {
      const answer = await fetch(`/api/locate?lat=${place.latitude}&lon=${place.longitude}`);
      const body = await answer.json();
      if (mine !== asking) return;
      if (answer.ok) say(body.division, origin, accuracy);
      else if (origin === "pin") refuse(Object.values(body.errors)[0][0]);
      else { forget(); $("place").textContent = gettext("Your position lies outside the province; set the pin where it is."); }
    } catch {
      if (mine === asking) $("place").textContent = ORIGINS[origin];
    }
    listeners.forEach((tell) => tell());
  }
  function forget() { place = null; if (pin) { pin.remove(); pin = null; } }
  function refuse(text) { forget(); $("place").textContent = ""; $("e-position").textContent = text; }
  function say(division, origin, accuracy) {
    const names = division.path.slice(1).map((d) => (chinese ? d.name : d.name_en || d.name));
    const about = accuracy ? ` ±${Math.round(accuracy)} m` : "";
    $("place").textContent = `${names.join(" ")} · ${ORIGINS[origin]}${about}`;
  }

  function locateMe() {
    if (!navigator.geolocation || !window.isSecureContext) {
      $("place").textContent = gettext("This browser does not tell its position here; set the pin on the map.");
      return;
    }
    $("place").textContent = gettext("Looking for you ...");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => set(coords.latitude, coords.longitude, "device", coords.accuracy, 16),
      () => { $("place").textContent = gettext("Your position was not given; set the pin on the map."); },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
  }

  // --- Search by name ------------------------------------------------------------------------
  let chosen = -1, timer = 0, results = [];
  async function search() {
    const q = $("search").value.trim();
    if (!q) return close();
    const answer = await fetch("/api/divisions?q=" + encodeURIComponent(q)).catch(() => null);
    if (!answer || !answer.ok || q !== $("search").value.trim()) return;
    results = (await answer.json()).divisions.filter((d) => d.lat !== null);
    chosen = -1;
    $("found").replaceChildren(...results.map((d, n) => {
      const li = document.createElement("li"), small = document.createElement("small");
      li.id = "found-" + n; li.role = "option";
      li.textContent = chinese ? d.name : d.name_en;
      small.textContent = (chinese ? d.path : d.path_en).slice(1).join(" ");
      li.append(small);
      li.addEventListener("mousedown", (e) => { e.preventDefault(); choose(n); });
      return li;
    }));
    open(results.length > 0);
  }
  function open(yes) { $("found").hidden = !yes; $("search").setAttribute("aria-expanded", String(yes)); }
  function close() { open(false); $("search").removeAttribute("aria-activedescendant"); }
  function choose(n) {
    const d = results[n], zoom = { province: 7, city: 10, county: 12, street: 14 }[d.level] || 15;
    if (!d) return;
    $("search").value = chinese ? d.name : d.name_en;
    close();
    if (map) map.setView([d.lat, d.lon], zoom);
    if (zoom >= 14 || !map) set(d.lat, d.lon, "pin");
    else $("place").textContent = gettext("Now tap the exact spot on the map.");
  }
  function keys(e) {
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      if (!results.length) return;
      e.preventDefault();
      open(true);
      chosen = (chosen + (e.key === "ArrowDown" ? 1 : results.length - 1) + (chosen < 0 && e.key === "ArrowUp" ? 1 : 0)) % results.length;
      [...$("found").children].forEach((li, n) => li.setAttribute("aria-selected", String(n === chosen)));
      $("search").setAttribute("aria-activedescendant", "found-" + chosen);
    } else if (e.key === "Enter") {
      e.preventDefault();
      if (results.length) choose(Math.max(0, chosen));
    } else if (e.key === "Escape") close();
  }

  $("locate-me")?.addEventListener("click", locateMe); // not on the operator's screen: the caller is elsewhere
  $("search").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 250); });
  $("search").addEventListener("keydown", keys);
  $("search").addEventListener("blur", () => setTimeout(close, 150));
  startMap();
  // "Report something here" of the public map; nothing is set that was not asked for.
  const here = new URLSearchParams(location.search), at = [here.get("lat"), here.get("lon")].map(Number);
  if (here.get("lat") && here.get("lon") && at.every(Number.isFinite) && Math.abs(at[0]) <= 90 && Math.abs(at[1]) <= 180) set(...at, "pin", null, 15);
  return { get: () => place, set, onChange: (tell) => listeners.push(tell) };
})();
