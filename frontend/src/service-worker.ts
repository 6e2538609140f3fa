/**
 * Keeps the shell (styles, scripts, the page without a connection) and shows notifications. Pages
 * and posts are never kept: what is shown is always what the server lets this viewer see now.
 */
interface WorkerEvent extends Event {
  waitUntil(done: Promise<unknown>): void;
}
interface WorkerFetch extends WorkerEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface WorkerPush extends WorkerEvent {
  readonly data: { json(): unknown } | null;
}
interface WorkerClick extends WorkerEvent {
  readonly notification: Notification;
}
interface Worker {
  readonly SHELL?: string[];
  readonly location: Location;
  readonly registration: ServiceWorkerRegistration;
  readonly clients: { claim(): Promise<void>; openWindow(url: string): Promise<unknown> };
  skipWaiting(): Promise<void>;
  addEventListener(type: string, listener: (event: never) => void): void;
}

const worker = self as unknown as Worker;
const shell = worker.SHELL ?? [];
const name = `shell-${shell.join("|")}`;
const STATIC = "/static/";

async function keepShell(): Promise<void> {
  const cache = await caches.open(name);
  await cache.addAll(shell.map((path) => new Request(path, { credentials: "omit" })));
  await worker.skipWaiting();
}

async function dropOlder(): Promise<void> {
  for (const one of await caches.keys()) if (one !== name) await caches.delete(one);
  await worker.clients.claim();
}

async function fetchPage(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match("/offline");
    if (kept) return kept;
    throw error;
  }
}

async function fetchStatic(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

worker.addEventListener("install", (event: WorkerEvent) => event.waitUntil(keepShell()));
worker.addEventListener("activate", (event: WorkerEvent) => event.waitUntil(dropOlder()));
worker.addEventListener("fetch", (event: WorkerFetch) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (request.mode === "navigate") event.respondWith(fetchPage(request));
  else if (url.pathname.startsWith(STATIC)) event.respondWith(fetchStatic(request));
});

interface Pushed {
  title?: string;
  body?: string;
  icon?: string;
  notification_id?: string | number;
  url?: string;
}

worker.addEventListener("push", (event: WorkerPush) => {
  let pushed: Pushed = {};
  try {
    pushed = (event.data?.json() ?? {}) as Pushed;
  } catch {
    // Something was pushed, whatever it is.
  }
  const options: NotificationOptions = {
    body: pushed.body ?? "",
    icon: "/icon-192.png",
    tag: String(pushed.notification_id ?? "lapwing"),
    data: pushed.url ?? "/notifications",
  };
  event.waitUntil(worker.registration.showNotification(pushed.title ?? "Lapwing", options));
});

worker.addEventListener("notificationclick", (event: WorkerClick) => {
  event.notification.close();
  const data: unknown = event.notification.data;
  const path = typeof data === "string" ? data : "/notifications";
  const url = new URL(path, worker.location.origin);
  const target = url.origin === worker.location.origin ? url.href : "/notifications";
  event.waitUntil(worker.clients.openWindow(target));
});

async function forget(): Promise<void> {
  const subscription = await worker.registration.pushManager.getSubscription();
  await subscription?.unsubscribe();
}

worker.addEventListener("message", (event: WorkerEvent & { readonly data: unknown }) => {
  if (event.data === "forget") event.waitUntil(forget());
});

export {};
