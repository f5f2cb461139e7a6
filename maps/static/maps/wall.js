/* Full screen, for a wall: the map with its list, without the rest of the page. */
"use strict";
(() => {
  const button = document.getElementById("whole-screen"), live = document.getElementById("live");
  if (!document.fullscreenEnabled) return;
  button.hidden = false;
  button.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : live.requestFullscreen()));
  document.addEventListener("fullscreenchange", () => {
    button.setAttribute("aria-pressed", String(document.fullscreenElement !== null));
    window[live.dataset.map].invalidateSize();
  });
})();
