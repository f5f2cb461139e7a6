/* Service worker of the phone page: what was read stays readable without signal. Writes never
   come here; they are kept and sent by work-queue.js. */
"use strict";
const KEPT = "work-1";
const PATIENCE_MS = 4000;
const readable = (url) => url.pathname === "/work/" || url.pathname.startsWith("/static/") || url.pathname.startsWith("/jsi18n") ||
  /^\/media\/[^/]+\/(thumb|display)$/.test(url.pathname) || url.pathname === "/api/divisions.geojson";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("work-") && name !== KEPT) await caches.delete(name);
  await self.clients.claim();
})()));

async function fromNetwork(request) {
  const answer = await fetch(request);
  const cache = await caches.open(KEPT);
  // Logged out, or somebody else's phone now: nothing of before may be read on.
  // A navigation that leads to the log-in shows itself as `opaqueredirect`.
  if (answer.redirected || answer.type === "opaqueredirect" || answer.status === 403) await caches.delete(KEPT);
  else if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}
async function answerTo(request) {
  const kept = await caches.match(request, { ignoreVary: true });
  if (!kept) return fromNetwork(request);
  const late = new Promise((resolve) => setTimeout(() => resolve(kept.clone()), PATIENCE_MS));
  return Promise.race([fromNetwork(request).catch(() => kept), late]);
}
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method === "GET" && url.origin === self.location.origin && readable(url)) event.respondWith(answerTo(event.request));
});
