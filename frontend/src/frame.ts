/**
 * The viewer's own part of the frame, on pages that are the same for everybody; and the service
 * worker. Whether anybody is signed in here is remembered, so that others ask nothing.
 */
const SIGNED_IN = "signed-in";
const SIGN_OUT = 'form[action="/sign-out"]';

function remembered(): boolean {
  try {
    return localStorage.getItem(SIGNED_IN) === "yes";
  } catch {
    return false;
  }
}

function remember(viewer: string): void {
  try {
    if (viewer) localStorage.setItem(SIGNED_IN, "yes");
    else localStorage.removeItem(SIGNED_IN);
  } catch {
    // Storage is off: pages for everybody show the frame for everybody.
  }
}

async function fetchFrame(): Promise<void> {
  const answer = await fetch("/frame", { headers: { "lapwing-part": "frame" } });
  if (!answer.ok) return;
  const part = document.createElement("template");
  part.innerHTML = await answer.text();
  if (!part.content.querySelector('#nav-you[href^="/@"]')) remember("");
  for (const id of ["nav-notifications", "nav-you"]) {
    const fresh = part.content.getElementById(id);
    const present = document.getElementById(id);
    if (fresh && present) present.replaceWith(fresh);
  }
}

/** What this browser kept for whoever was signed in goes with the session. */
function forgetViewer(): void {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith("draft:")) localStorage.removeItem(key);
    }
    localStorage.removeItem(SIGNED_IN);
    sessionStorage.clear();
  } catch {
    // Storage is off: nothing was kept.
  }
  navigator.serviceWorker?.controller?.postMessage("forget");
}

export function startFrame(): void {
  const viewer = document.body.dataset["viewer"];
  if (viewer !== undefined) remember(viewer);
  else if (remembered()) void fetchFrame();
  document.addEventListener("submit", (event) => {
    if (event.target instanceof HTMLFormElement && event.target.matches(SIGN_OUT)) {
      forgetViewer();
    }
  });
  // Going back after signing out must not show what was for the one who was signed in.
  addEventListener("pageshow", (event) => {
    if (event.persisted && viewer && !remembered()) location.reload();
  });
  document.querySelector("[data-again]")?.addEventListener("click", (event) => {
    event.preventDefault();
    location.reload();
  });
  if ("serviceWorker" in navigator && isSecureContext) {
    addEventListener("load", () => {
      void navigator.serviceWorker.register("/service-worker.js").catch(() => undefined);
    });
  }
}
