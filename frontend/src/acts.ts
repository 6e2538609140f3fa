/** Likes, reposts, bookmarks and votes without leaving the place. */
import { tellAges } from "./ages";
import { say } from "./toast";

function flip(button: HTMLButtonElement): void {
  const on = button.value === "1";
  button.setAttribute("aria-pressed", String(on));
  const count = button.querySelector(".act-count");
  const number = Number(count?.textContent);
  if (count && Number.isInteger(number)) count.textContent = String(number + (on ? 1 : -1));
}

/** The post as the server draws it now, in all places where it stands on this page. */
function show(html: string, postId: string, focused: Element | null): void {
  const template = document.createElement("template");
  template.innerHTML = html;
  const fresh = template.content.querySelector("article");
  if (!fresh) return;
  const acted = focused?.getAttribute("data-key");
  for (const present of document.querySelectorAll<HTMLElement>(`article[data-post="${postId}"]`)) {
    for (const part of [".acts", ".poll"]) {
      const now = fresh.querySelector(part);
      const before = present.querySelector(part);
      if (now && before) before.replaceWith(now.cloneNode(true));
    }
    tellAges(present);
    if (focused && present.contains(focused) === false && acted) {
      present.querySelector<HTMLElement>(`[data-key="${acted}"]`)?.focus({ preventScroll: true });
    }
  }
}

async function send(form: HTMLFormElement, button: HTMLButtonElement | null): Promise<void> {
  const post = form.closest<HTMLElement>("article[data-post]");
  const postId = post?.dataset["post"];
  if (!post || !postId) return;
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) body.append(name, String(value));
  if (button?.name) body.set(button.name, button.value);
  const focused = document.activeElement;
  const acted = focused && post.contains(focused) ? focused : null;
  if (button?.hasAttribute("aria-pressed")) flip(button);
  let text = "";
  try {
    const answer = await fetch(button?.hasAttribute("formaction") ? button.formAction : form.action, {
      method: "POST",
      body,
      headers: { "lapwing-part": post.classList.contains("post-focus") ? "focus" : "post" },
    });
    text = await answer.text();
    if (answer.status === 401) {
      location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
      return;
    }
    if (!answer.ok) throw new Error(text);
    show(text, postId, acted);
  } catch {
    if (button?.hasAttribute("aria-pressed")) {
      button.setAttribute("aria-pressed", String(button.value !== "1"));
    }
    say(text && text.length < 200 ? text : "That did not arrive. Are you offline?");
  }
}

function isOurs(form: HTMLFormElement, button: HTMLButtonElement | null): boolean {
  if (form.hasAttribute("data-acts")) return button?.hasAttribute("aria-pressed") ?? false;
  return form.hasAttribute("data-part-form");
}

/** Menus close when one clicks beside them. */
function closeMenus(event: Event): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (!(event.target instanceof Node) || !menu.contains(event.target)) menu.open = false;
  }
}

export function startActs(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement)) return;
    const button = event.submitter instanceof HTMLButtonElement ? event.submitter : null;
    if (!isOurs(form, button) || !document.body.dataset["viewer"]) return;
    event.preventDefault();
    void send(form, button);
  });
  document.addEventListener("click", closeMenus);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector<HTMLDetailsElement>("details.menu[open]");
    if (!open) return;
    open.open = false;
    open.querySelector<HTMLElement>("summary")?.focus();
  });
}
