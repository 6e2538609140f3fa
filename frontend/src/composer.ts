/** The composer: counts, shows pictures while one writes, keeps drafts, and knows when offline. */
import { measure } from "./counting";
import { say } from "./toast";

const SAVED_AFTER_MS = 400;

interface Uploaded {
  id: string;
  kind: string;
  preview: string;
  description: string;
}

interface Draft {
  text: string;
  warning: string;
}

class Composer {
  private readonly text: HTMLTextAreaElement;
  private readonly warning: HTMLInputElement | null;
  private readonly left: HTMLElement | null;
  private readonly send: HTMLButtonElement | null;
  private readonly note: HTMLElement | null;
  private readonly most: number;
  private readonly key: string;
  private readonly begun: string;
  private timer = 0;
  private uploading = 0;

  constructor(private readonly form: HTMLFormElement) {
    this.text = form.querySelector("textarea") as HTMLTextAreaElement;
    this.warning = form.querySelector('input[name="warning"]');
    this.left = form.querySelector("[data-left]");
    this.send = form.querySelector("[data-send]");
    this.note = form.querySelector("[data-note]");
    this.most = Number(form.dataset["most"]);
    this.key = `draft:${form.dataset["draft"] ?? ""}`;
    this.begun = this.text.defaultValue;
  }

  start(): void {
    this.tellZone();
    this.restore();
    this.count();
    this.startMedia();
    this.form.addEventListener("input", () => {
      this.count();
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.save(), SAVED_AFTER_MS);
    });
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
    });
    addEventListener("pagehide", () => this.save());
    addEventListener("offline", () => this.tellConnection());
    addEventListener("online", () => this.tellConnection());
    this.tellConnection();
  }

  private count(): void {
    const left = this.most - measure(this.text.value, this.warning?.value ?? "");
    if (this.left) {
      this.left.textContent = String(left);
      this.left.title = left < 0 ? `${-left} characters too many` : `${left} characters left`;
    }
    this.form.classList.toggle("over", left < 0);
    const nothing = !this.text.value.trim() && !this.hasMore();
    if (this.send) this.send.disabled = left < 0 || nothing || this.uploading > 0;
  }

  private hasMore(): boolean {
    const filled = 'input[name="media_ids"], input[name="quote"]';
    if (this.form.querySelector(filled)) return true;
    const files = [...this.form.querySelectorAll<HTMLInputElement>('input[type="file"]')];
    const options = [...this.form.querySelectorAll<HTMLInputElement>('[name="poll_option"]')];
    return files.some((one) => one.files?.length) || options.some((one) => one.value.trim());
  }

  private tellZone(): void {
    const zone = this.form.querySelector<HTMLInputElement>("[data-zone-field]");
    const note = this.form.querySelector<HTMLElement>("[data-zone-note]");
    const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!zone || !name) return;
    zone.value = name;
    if (note) note.textContent = `The time is yours (${name}).`;
  }

  private restore(): void {
    if (this.form.hasAttribute("data-editing") || this.form.querySelector(".problem")) return;
    try {
      const kept = localStorage.getItem(this.key);
      if (!kept) return;
      const draft = JSON.parse(kept) as Draft;
      if (!draft.text.trim()) return;
      this.text.value = draft.text;
      if (this.warning) this.warning.value = draft.warning;
      this.tell("Your draft is here again.");
    } catch {
      // No draft that can be read.
    }
  }

  private save(): void {
    if (this.form.hasAttribute("data-editing")) return;
    try {
      if (!this.text.value.trim() || this.text.value === this.begun) {
        localStorage.removeItem(this.key);
        return;
      }
      const draft: Draft = { text: this.text.value, warning: this.warning?.value ?? "" };
      localStorage.setItem(this.key, JSON.stringify(draft));
    } catch {
      // Storage is off or full: the text is in the form.
    }
  }

  private submit(event: SubmitEvent): void {
    if (this.uploading > 0) {
      event.preventDefault();
      return;
    }
    this.save();
    if (!navigator.onLine) {
      event.preventDefault();
      this.tellConnection();
      return;
    }
    // Whoever comes back to an empty form has posted; a form with a problem keeps its words.
    sessionStorage.setItem("posting", this.key);
    if (this.send) this.send.disabled = true;
    addEventListener("pageshow", () => this.count(), { once: true });
  }

  private tellConnection(): void {
    if (!navigator.onLine) {
      this.tell("You are offline. What you write is kept here; post it when you are back.");
    } else if (this.note?.textContent?.startsWith("You are offline")) {
      this.tell("You are online again: your draft can be posted.");
    }
  }

  private tell(text: string): void {
    if (!this.note) return;
    this.note.textContent = text;
    this.note.hidden = false;
  }

  // Media

  private startMedia(): void {
    const fields = this.form.querySelector<HTMLElement>("[data-media-fields]");
    if (!fields || this.form.querySelector("[data-editing]")) return;
    const inputs = [...fields.querySelectorAll<HTMLElement>(".media-field")];
    for (const spare of inputs.slice(1)) spare.remove();
    const field = inputs[0];
    const input = field?.querySelector<HTMLInputElement>('input[type="file"]');
    if (!field || !input) return;
    field.querySelectorAll("label")[1]?.remove();
    const label = field.querySelector("label");
    if (label?.firstChild) label.firstChild.textContent = "Choose files";
    input.multiple = true;
    input.removeAttribute("name");
    input.addEventListener("change", () => {
      for (const file of input.files ?? []) void this.upload(file);
      input.value = "";
    });
    this.text.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      for (const file of files) void this.upload(file);
    });
    this.form.addEventListener("dragover", (event) => event.preventDefault());
    this.form.addEventListener("drop", (event) => {
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      for (const file of files) void this.upload(file);
    });
  }

  private async upload(file: File): Promise<void> {
    const list = this.form.querySelector<HTMLElement>("[data-media-list]");
    if (!list) return;
    const item = document.createElement("li");
    const progress = document.createElement("progress");
    progress.max = 1;
    progress.setAttribute("aria-label", `Uploading ${file.name}`);
    item.append(progress);
    list.append(item);
    this.uploading += 1;
    this.count();
    try {
      const media = await send(file, (share) => (progress.value = share));
      this.showMedia(item, media);
    } catch (error) {
      item.remove();
      say(error instanceof Error && error.message ? error.message : "The file did not arrive.");
    } finally {
      this.uploading -= 1;
      this.count();
    }
  }

  private showMedia(item: HTMLElement, media: Uploaded): void {
    const id = document.createElement("input");
    id.type = "hidden";
    id.name = "media_ids";
    id.value = media.id;
    const picture = document.createElement("img");
    picture.src = media.preview || "/icon-192.png";
    picture.alt = "";
    const label = document.createElement("label");
    label.textContent = "What it shows, for those who cannot see it";
    const alt = document.createElement("input");
    alt.name = `alt_${media.id}`;
    alt.maxLength = 1500;
    alt.dir = "auto";
    label.append(alt);
    const away = document.createElement("button");
    away.type = "button";
    away.className = "plain-button";
    away.textContent = "Take away";
    away.addEventListener("click", () => {
      item.remove();
      this.count();
    });
    item.replaceChildren(id, picture, label, away);
    alt.focus();
  }
}

function send(file: File, tell: (share: number) => void): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.set("file", file);
    request.open("POST", "/compose/media");
    request.setRequestHeader("lapwing-part", "media");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) tell(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status === 200) resolve(JSON.parse(request.responseText) as Uploaded);
      else reject(new Error(request.responseText.slice(0, 200)));
    });
    request.addEventListener("error", () => reject(new Error("The file did not arrive.")));
    request.send(body);
  });
}

/** The draft of what was posted goes once another page than a form with a problem is shown. */
function forgetPosted(): void {
  try {
    const key = sessionStorage.getItem("posting");
    if (!key) return;
    sessionStorage.removeItem("posting");
    const said = new URLSearchParams(location.search).get("said");
    if (said === "posted" || said === "scheduled") localStorage.removeItem(key);
  } catch {
    // Storage is off.
  }
}

export function startComposers(): void {
  forgetPosted();
  for (const form of document.querySelectorAll<HTMLFormElement>("[data-composer]")) {
    new Composer(form).start();
  }
  // The note of what was done goes from the address, so that going back does not say it again.
  const url = new URL(location.href);
  if (url.searchParams.has("said")) {
    url.searchParams.delete("said");
    history.replaceState(history.state, "", url.pathname + url.search + url.hash);
  }
}
