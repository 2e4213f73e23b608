// The form of /subscribe in a browser that takes notifications: asks it for its address, which goes with the form.
"use strict";

const form = document.querySelector("form.choose");
const said = document.querySelector("#said");
const address = form.elements.namedItem("web_push");

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

async function current() {
  const worker = await navigator.serviceWorker.register("/push.js");
  return { worker, subscription: await worker.pushManager.getSubscription() };
}

async function subscribed() {
  const { worker, subscription } = await current();
  const applicationServerKey = bytes(form.dataset.key);
  return subscription ?? worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
}

async function send(event) {
  const isWanted = form.querySelector("[name=kind][value=web_push]").checked;
  // Steps within the form, and other ways to receive, need no script.
  if (!isWanted || event.submitter?.name === "step") return;
  event.preventDefault();
  try {
    if ((await Notification.requestPermission()) !== "granted") {
      said.textContent = form.dataset.denied;
      return;
    }
    address.value = JSON.stringify(await subscribed());
    form.submit();
  } catch {
    said.textContent = form.dataset.failed;
  }
}

async function show() {
  try {
    const { subscription } = await current();
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch("/push", { method: "POST", headers, body: JSON.stringify({ subscription }) });
    if (answer.ok) location.assign((await answer.json()).open);
    else said.textContent = answer.status === 404 ? form.dataset.unknown : form.dataset.failed;
  } catch {
    said.textContent = form.dataset.failed;
  }
}

if ("serviceWorker" in navigator && "PushManager" in window) {
  document.querySelector("#browser").hidden = false;
  document.querySelector("#cannot")?.remove();
  form.addEventListener("submit", send);
  document.querySelector("#mine").addEventListener("click", show);
  current()
    .then(({ subscription }) => {
      document.querySelector("#this-browser").hidden = !subscription;
    })
    .catch(() => {});
}
