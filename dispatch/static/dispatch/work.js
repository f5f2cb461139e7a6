/* The phone page keeps itself fresh and, when asked, shares the position while on shift. */
"use strict";
(() => {
  const list = document.getElementById("orders"), share = document.getElementById("share"), says = document.getElementById("share-says");
  const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

  // A half-written form is never thrown away by news.
  const busy = () => list.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")
    || [...list.querySelectorAll("textarea, input:not([type=hidden])")].some((e) => e.value);
  // Each rendering carries fresh form tokens; only the rest tells whether anything changed.
  const bare = (html) => html.replace(/<input type="hidden"[^>]*>/g, "").replace(/\s+/g, " ");
  let last = bare(list.innerHTML);
  async function refresh() {
    if (busy()) return;
    const answer = await fetch("?list=1").catch(() => null);
    if (!answer || !answer.ok || answer.redirected || busy()) return;
    const holder = document.createElement("div");
    holder.innerHTML = await answer.text();
    const now = bare(holder.innerHTML);
    if (now === last) return;
    const before = list.querySelectorAll("article").length;
    last = now;
    list.replaceChildren(...holder.childNodes);
    if (list.querySelectorAll("article").length > before) navigator.vibrate?.(200);
  }

  // Server-sent events say when; the list itself is asked for, so that it is always the truth.
  let soon = 0;
  const later = () => { clearTimeout(soon); soon = setTimeout(refresh, 200); };
  const stream = new EventSource(document.body.dataset.live + "/live/events", { withCredentials: true });
  stream.addEventListener("incident", later);
  stream.addEventListener("workorder", later);
  stream.onopen = later;
  setInterval(refresh, 8000);

  // --- Position ----------------------------------------------------------------------------------
  let watch = null, sent = 0;
  function tell(text) { says.hidden = !text; says.textContent = text; }
  async function send({ coords }) {
    if (Date.now() - sent < 10000) return; // every ten seconds is enough to be found
    sent = Date.now();
    const answer = await fetch("/api/worker/position", {
      method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
      body: JSON.stringify({ latitude: coords.latitude, longitude: coords.longitude, accuracy_m: coords.accuracy }),
    }).catch(() => null);
    if (!answer) return tell(gettext("No connection; your position is sent when it is back."));
    if (answer.status === 204) return tell(gettext("Your position is shared while this page is open and you are on shift."));
    const body = await answer.json().catch(() => ({}));
    tell(Object.values(body.errors || { "": [answer.status] })[0][0]);
    if (answer.status === 409) stop();
  }
  function stop() { if (watch !== null) navigator.geolocation.clearWatch(watch); watch = null; share.setAttribute("aria-pressed", "false"); }
  share.addEventListener("click", () => {
    if (watch !== null) { stop(); return tell(""); }
    if (!navigator.geolocation || !window.isSecureContext) return tell(gettext("This browser does not tell its position here."));
    share.setAttribute("aria-pressed", "true");
    watch = navigator.geolocation.watchPosition(send, () => { stop(); tell(gettext("Your position was not given.")); }, { enableHighAccuracy: true });
  });
})();
