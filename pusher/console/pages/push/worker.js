// Shows what is pushed, and opens its page when it is tapped. Nothing is kept and nothing is fetched.
"use strict";

self.addEventListener("push", (event) => {
  let said = {};
  try {
    said = event.data ? event.data.json() : {};
  } catch {
    said = {};
  }
  const isWarning = said.lane === "warning";
  event.waitUntil(
    self.registration.showNotification(said.title || "有一条新通知", {
      body: said.text || "",
      lang: "zh-CN",
      data: { url: said.url || "/board" },
      requireInteraction: isWarning,
      vibrate: isWarning ? [400, 200, 400, 200, 400] : undefined,
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data.url));
});
