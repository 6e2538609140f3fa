/** Web Push on this device: asked for and given up in the settings. */
import { say } from "./toast";

function bytesOf(key: string): Uint8Array<ArrayBuffer> {
  const text = atob(key.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

async function turnOn(key: string): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted") {
    say("The browser does not allow it. Its settings for this page can change that.");
    return;
  }
  const registration = await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytesOf(key),
  });
  const answer = await fetch("/settings/push", {
    method: "POST",
    headers: { "content-type": "application/json", "lapwing-part": "push" },
    body: JSON.stringify(subscription),
  });
  if (!answer.ok) {
    await subscription.unsubscribe();
    say(await answer.text());
  }
}

async function turnOff(): Promise<void> {
  const registration = await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.getSubscription();
  await subscription?.unsubscribe();
  await fetch("/settings/push/off", { method: "POST", headers: { "lapwing-part": "push" } });
}

export function startPush(): void {
  const section = document.querySelector<HTMLElement>("[data-push]");
  const on = section?.querySelector<HTMLButtonElement>("[data-push-on]");
  const off = section?.querySelector<HTMLButtonElement>("[data-push-off]");
  const state = section?.querySelector<HTMLElement>("[data-push-state]");
  if (!section || !on || !off || !state) return;
  if (!("PushManager" in window) || !("serviceWorker" in navigator)) {
    state.textContent = "This browser cannot show notifications while Lapwing is closed.";
    return;
  }
  const show = async (): Promise<void> => {
    const registration = await navigator.serviceWorker.ready;
    const subscribed = (await registration.pushManager.getSubscription()) !== null;
    on.hidden = subscribed;
    off.hidden = !subscribed;
    state.textContent = subscribed
      ? "This device shows notifications, also while Lapwing is closed."
      : "This device shows no notifications while Lapwing is closed.";
  };
  const doing = (act: () => Promise<void>) => (): void => {
    void act()
      .catch(() => say("The browser's push service does not answer."))
      .then(show);
  };
  on.addEventListener("click", doing(() => turnOn(section.dataset["push"] ?? "")));
  off.addEventListener("click", doing(turnOff));
  on.hidden = false;
  void show();
}
