// The page /push: asks the browser for its address, and tells it to this site.
"use strict";

const form = document.querySelector("#push");
const said = document.querySelector("#said");
const end = document.querySelector("#end");

function say(words) {
  said.textContent = words;
}

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

async function tell(method, told) {
  const answer = await fetch("/push", {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(told),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

async function current() {
  const worker = await navigator.serviceWorker.register("/push.js");
  return { worker, subscription: await worker.pushManager.getSubscription() };
}

async function start(event) {
  event.preventDefault();
  const chosen = new FormData(form);
  const domains = chosen.getAll("domain");
  if (!domains.length) return say("请至少选择一个领域。");
  try {
    if ((await Notification.requestPermission()) !== "granted") {
      return say("浏览器没有允许通知：请在浏览器的网站设置里允许后再试。");
    }
    const { worker, subscription } = await current();
    const key = bytes(form.dataset.key);
    const mine = subscription ?? (await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
    await tell("POST", { subscription: mine, domains, area: chosen.get("area") ?? "" });
    end.hidden = false;
    say("已开始接收。关闭本页后通知照样会来。");
  } catch (error) {
    say(`没有成功：${error.message}`);
  }
}

async function stop() {
  try {
    const { subscription } = await current();
    if (subscription) {
      await tell("DELETE", { subscription });
      await subscription.unsubscribe();
    }
    end.hidden = true;
    say("已停止接收。");
  } catch (error) {
    say(`没有成功：${error.message}`);
  }
}

if ("serviceWorker" in navigator && "PushManager" in window) {
  form.hidden = false;
  document.querySelector("#cannot").hidden = true;
  form.addEventListener("submit", start);
  end.addEventListener("click", stop);
  current()
    .then(({ subscription }) => {
      end.hidden = !subscription;
    })
    .catch(() => {});
}
