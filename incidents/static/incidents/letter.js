/* The place of a letter that is filed by hand. */
"use strict";
(() => {
  const field = (name) => document.querySelector(`#case input[type=hidden][name=${name}]`);
  Place.onChange(() => {
    const place = Place.get();
    field("latitude").value = place ? place.latitude : "";
    field("longitude").value = place ? place.longitude : "";
    field("position_origin").value = place ? place.origin : "pin";
  });
  const given = ["latitude", "longitude"].map((name) => field(name).value);
  if (given.every((number) => number !== "")) Place.set(+given[0], +given[1], "pin", null, 15);
})();
