/* Who logs in here may be another than before: nothing the former one read stays on this phone. */
"use strict";
window.caches?.keys().then((names) => names.filter((name) => name.startsWith("work-")).forEach((name) => caches.delete(name)));
