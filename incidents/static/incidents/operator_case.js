/* What becomes a report: the category chosen, the place, and whether others said it already. */
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const call = $("call"), category = $("category");
  const chinese = document.documentElement.lang.startsWith("zh");
  const field = (name) => call.querySelector(`input[type=hidden][name=${name}]`);

  function mark() {
    for (const button of $("suggested").querySelectorAll("button"))
      button.ariaChecked = String(button.dataset.code === category.value);
  }
  $("suggested").addEventListener("click", (e) => {
    const button = e.target.closest("button");
    if (!button) return;
    category.value = button.dataset.code;
    category.dispatchEvent(new Event("change"));
    // Not away from whoever is further on already.
    if ($("suggested").contains(document.activeElement)) $("search").focus();
  });
  category.addEventListener("change", () => { mark(); neighbours(); });
  window.addEventListener("suggested", mark);

  // --- Place -----------------------------------------------------------------------------------
  function placed() {
    const place = Place.get();
    field("latitude").value = place ? place.latitude : "";
    field("longitude").value = place ? place.longitude : "";
    field("position_origin").value = place ? place.origin : "pin";
    neighbours();
  }
  Place.onChange(placed);
  const given = ["latitude", "longitude"].map((name) => field(name).value);
  if (given.every((number) => number !== "")) Place.set(+given[0], +given[1], "pin", null, 15);

  // --- The same thing? -------------------------------------------------------------------------
  let shown = "";
  async function neighbours() {
    const place = Place.get();
    if (!place || !category.value) { $("nearby").hidden = true; return; }
    const asked = `/api/reports/nearby?lat=${place.latitude}&lon=${place.longitude}&category=${category.value}`;
    if (asked === shown) return;
    shown = asked;
    const answer = await fetch(asked).catch(() => null);
    if (!answer || !answer.ok || asked !== shown) return;
    const { incidents } = await answer.json();
    $("nearby").hidden = !incidents.length;
    $("nearby").querySelector("ul").replaceChildren(...incidents.map(line));
  }
  function line(incident) {
    const li = document.createElement("li"), button = document.createElement("button"), span = document.createElement("span");
    const name = chinese ? incident.category.name_zh : incident.category.name_en;
    span.textContent = `${name} · ${incident.away_m} m · ${incident.status_name} · ${incident.number}`;
    button.type = "button";
    button.textContent = gettext("Same thing: join it");
    button.addEventListener("click", () => { field("same_as").value = incident.number; $("file").click(); });
    li.append(span, button);
    return li;
  }
})();
