/* The citizen's report: photos and videos, category, words, sending with a progress bar and retries. */
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const chinese = document.documentElement.lang.startsWith("zh");
  const name = (thing) => (chinese ? thing.name_zh : thing.name_en);
  const photos = [];
  let category = null, sameAs = "", fields = [], key = newKey(), sending = false;

  // randomUUID is missing on plain http, where a phone on the same network tries the demo.
  function newKey() {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
  }
  function changed() { if (!sending) key = newKey(); }

  // --- Photos ----------------------------------------------------------------------------------
  async function addPhotos() {
    for (const file of $("photos").files) {
      photos.push(file);
      await hint(file);
    }
    $("video-hint").hidden = !photos.some((file) => file.type.startsWith("video/")) || Boolean(Place.get());
    $("photos").value = "";
    $("e-media").textContent = "";
    changed();
    showPhotos();
  }
  // A video's own position is read by the server, when no pin was set.
  async function hint(file) {
    if (Place.get() || !window.ExifReader || file.type.startsWith("video/")) return;
    try {
      const { gps } = await ExifReader.load(file, { expanded: true });
      if (gps && Number.isFinite(gps.Latitude) && Number.isFinite(gps.Longitude))
        await Place.set(gps.Latitude, gps.Longitude, "exif", null, 16);
    } catch { /* a photo without readable EXIF gives no hint */ }
  }
  function preview(file) {
    const video = file.type.startsWith("video/"), shown = document.createElement(video ? "video" : "img");
    const address = URL.createObjectURL(file);
    if (video) {
      shown.muted = true; shown.preload = "metadata"; shown.setAttribute("aria-label", file.name);
    } else shown.alt = file.name;
    shown.onload = shown.onloadeddata = shown.onerror = () => URL.revokeObjectURL(address);
    shown.src = address;
    return shown;
  }
  function showPhotos() {
    $("previews").replaceChildren(...photos.map((file, n) => {
      const li = document.createElement("li"), off = document.createElement("button"), shown = preview(file);
      off.type = "button"; off.textContent = "✕";
      off.setAttribute("aria-label", gettext("Remove this file") + " " + file.name);
      off.addEventListener("click", () => { photos.splice(n, 1); changed(); showPhotos(); $("photos").focus(); });
      li.append(shown, off);
      return li;
    }));
  }

  // --- Category --------------------------------------------------------------------------------
  function tile(text, icon, act) {
    const b = document.createElement("button"), i = document.createElement("span");
    b.type = "button"; i.className = "icon"; i.ariaHidden = "true"; i.textContent = icon;
    b.append(i, document.createTextNode(text));
    b.addEventListener("click", act);
    return b;
  }
  function showFields() {
    $("categories").hidden = true;
    $("fields").hidden = false;
    $("fields").replaceChildren(...fields.map((f) => tile(name(f), f.icon, () => showCategories(f.categories.map((c) => [f, c]), true))));
  }
  function showCategories(pairs, focus) {
    $("fields").hidden = true;
    $("categories").hidden = false;
    const back = tile(gettext("← All fields"), "", () => { $("category-search").value = ""; showFields(); $("fields").firstChild?.focus(); });
    back.classList.add("back");
    const tiles = pairs.map(([f, c]) => {
      const b = tile(name(c), f.icon, () => choose(c, b));
      b.role = "radio";
      b.dataset.code = c.code;
      b.ariaChecked = String(category === c.code);
      return b;
    });
    $("categories").replaceChildren(back, ...tiles);
    if (focus) tiles[0]?.focus();
  }
  function choose(c, button) {
    category = c.code;
    sameAs = "";
    changed();
    for (const b of $("categories").querySelectorAll("[role=radio]")) b.ariaChecked = String(b === button);
    $("e-category").textContent = "";
    showNearby();
  }
  function searchCategories() {
    const q = $("category-search").value.trim().toLowerCase();
    if (!q) return showFields();
    const all = fields.flatMap((f) => f.categories.map((c) => [f, c]));
    showCategories(all.filter(([f, c]) => [f.name_zh, f.name_en, c.name_zh, c.name_en, c.code].some((s) => s.toLowerCase().includes(q))), false);
  }

  // --- The same thing? -----------------------------------------------------------------------
  async function showNearby() {
    const place = Place.get();
    $("nearby").hidden = true;
    if (!place || !category) return;
    const asked = `/api/reports/nearby?lat=${place.latitude}&lon=${place.longitude}&category=${category}`;
    const answer = await fetch(asked).catch(() => null);
    if (!answer || !answer.ok) return;
    const { incidents } = await answer.json();
    $("nearby").hidden = !incidents.length;
    $("nearby").querySelector("ul").replaceChildren(...incidents.map((incident) => {
      const li = document.createElement("li"), b = document.createElement("button"), link = document.createElement("a");
      link.href = `/reports/${incident.number}`;
      link.target = "_blank"; // what is written here is kept
      const hours = Math.round((Date.now() - new Date(incident.created_at)) / 36e5);
      const age = hours < 1 ? gettext("less than an hour ago") : hours < 48 ? interpolate(gettext("%s hours ago"), [hours]) : interpolate(gettext("%s days ago"), [Math.round(hours / 24)]);
      link.textContent = `${name(incident.category)} · ${incident.away_m} m · ${age} · ${incident.status_name}`;
      b.type = "button"; b.textContent = gettext("Same thing: follow it");
      b.addEventListener("click", () => { sameAs = incident.number; changed(); send(); });
      li.append(link, b);
      return li;
    }));
  }

  // --- Sending ---------------------------------------------------------------------------------
  function body() {
    const form = new FormData($("report")), place = Place.get();
    form.delete("csrfmiddlewaretoken");
    form.set("category", category || "");
    if (sameAs) form.set("same_as", sameAs);
    if (place) {
      form.set("latitude", place.latitude);
      form.set("longitude", place.longitude);
      form.set("position_origin", place.origin);
      if (place.accuracy) form.set("accuracy_m", place.accuracy);
    }
    photos.forEach((file) => form.append("media", file, file.name));
    return form;
  }
  function once(form) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", "/api/reports");
      request.setRequestHeader("Idempotency-Key", key);
      request.setRequestHeader("X-CSRFToken", document.querySelector("[name=csrfmiddlewaretoken]").value);
      request.upload.onprogress = (e) => {
        if (!e.lengthComputable) return;
        const percent = Math.round((100 * e.loaded) / e.total);
        document.querySelector("#progress progress").value = percent;
        document.querySelector("#progress span").textContent = `${percent} %`;
      };
      request.onload = () => (request.status >= 500 ? reject(new Error(request.status)) : resolve(request));
      request.onerror = () => reject(new Error("network"));
      request.send(form);
    });
  }
  // The same key each time: however often the answer is lost, the report exists once.
  async function withRetries() {
    const form = body(); // once: words typed meanwhile belong to another sending
    for (let tries = 1; ; tries++) {
      try { return await once(form); } catch (error) {
        if (tries === 4) throw error;
        document.querySelector("#progress span").textContent = gettext("The connection broke; trying again ...");
        await new Promise((go) => setTimeout(go, 1000 * 2 ** tries));
      }
    }
  }
  async function send(event) {
    event?.preventDefault();
    if (sending) return;
    for (const e of document.querySelectorAll(".report .error")) e.textContent = "";
    if (!missing()) return;
    sending = true;
    $("send").disabled = true;
    $("progress").hidden = false;
    try {
      const request = await withRetries();
      const answer = read(request.responseText);
      if (request.status === 201) done(answer);
      else refuse(answer.errors || {}, request.status);
    } catch {
      $("e-all").textContent = gettext("It could not be sent. Nothing is lost: press Send again when you are connected.");
      $("e-all").scrollIntoView({ block: "center" });
    } finally {
      sending = false;
      $("send").disabled = false;
      $("progress").hidden = true;
    }
  }
  function read(text) {
    try { return JSON.parse(text || "{}"); } catch { return {}; } // what stands before the server may say no in its own way
  }
  function missing() {
    const say = (id, text) => { $(id).textContent = text; $(id).scrollIntoView({ block: "center" }); return false; };
    if (!category) return say("e-category", gettext("Choose what it is about."));
    if (!sameAs && !$("text").value.trim()) return say("e-text", gettext("Say in a few words what is wrong."));
    return true;
  }
  const SHOWN_AT = { latitude: "position", longitude: "position", accuracy_m: "position", same_as: "category" };
  function refuse(errors, status) {
    sameAs = "";
    let first = null;
    for (const [field, texts] of Object.entries(errors)) {
      const at = $("e-" + (SHOWN_AT[field] || field)) || $("e-all");
      at.textContent = [].concat(texts).join(" ");
      first ||= at;
    }
    if (!first) (first = $("e-all")).textContent = gettext("It was not accepted.") + " " + status;
    first.scrollIntoView({ block: "center" });
    key = newKey();
  }
  function done(answer) {
    $("d-number").textContent = answer.number;
    $("d-code").textContent = answer.tracking_code.match(/.{1,4}/g).join(" ");
    $("d-place").textContent = answer.division ? answer.division.path.slice(1).map((d) => chinese ? d.name : d.name_en || d.name).join(" ") : gettext("No place given: somebody will find it by your words.");
    $("d-link").href = answer.url;
    $("report").hidden = true;
    $("done").hidden = false;
    $("done").focus();
    window.scrollTo(0, 0);
  }

  $("photos").addEventListener("change", addPhotos);
  $("category-search").addEventListener("input", searchCategories);
  $("report").addEventListener("submit", send);
  $("report").addEventListener("input", changed);
  Place.onChange(() => { changed(); showNearby(); });
  fetch("/api/categories").then((answer) => answer.json()).then((body) => { fields = body.fields; showFields(); })
    .catch(() => { $("e-category").textContent = gettext("The categories could not be loaded; reload the page."); });
})();
