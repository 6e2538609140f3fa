/** Passkeys: WebAuthn says what it needs and gives in bytes, the server in base64url (RFC 4648). */

interface Asked {
  readonly ticket: string;
  readonly options: Record<string, unknown>;
}

class Refused extends Error {}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const found = new Uint8Array(new ArrayBuffer(plain.length));
  for (let i = 0; i < plain.length; i++) found[i] = plain.charCodeAt(i);
  return found;
}

function text(buffer: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function withBytes(credentials: unknown): PublicKeyCredentialDescriptor[] {
  const given = (credentials ?? []) as { id: string }[];
  return given.map(({ id }) => ({ id: bytes(id), type: "public-key" }));
}

async function send(path: string, body: BodyInit, json = true): Promise<Response> {
  const headers = json ? { "Content-Type": "application/json" } : undefined;
  const response = await fetch(path, { method: "POST", body, ...(headers && { headers }) });
  if (response.ok) return response;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  throw new Refused(page.querySelector(".lead")?.textContent ?? "That did not work.");
}

async function goOn(answer: Response): Promise<void> {
  const { location: to } = (await answer.json()) as { location: string };
  location.assign(to);
}

async function create(form: HTMLFormElement): Promise<void> {
  const given = new FormData(form);
  const asking = new URLSearchParams({ password: String(given.get("password") ?? "") });
  const asked = (await (
    await send("/settings/security/passkeys/options", asking, false)
  ).json()) as Asked;
  const options = asked.options as unknown as {
    challenge: string;
    user: { id: string; name: string; displayName: string };
    excludeCredentials?: unknown;
  };
  const made = (await navigator.credentials.create({
    publicKey: {
      ...(asked.options as unknown as PublicKeyCredentialCreationOptions),
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: withBytes(options.excludeCredentials),
    },
  })) as PublicKeyCredential | null;
  if (made === null) throw new Refused("The browser made no passkey.");
  const response = made.response as AuthenticatorAttestationResponse;
  const body = {
    ticket: asked.ticket,
    name: String(given.get("name") ?? ""),
    credential: {
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      response: {
        clientDataJSON: text(response.clientDataJSON),
        attestationObject: text(response.attestationObject),
      },
    },
  };
  await goOn(await send("/settings/security/passkeys", JSON.stringify(body)));
}

async function signIn(following: string): Promise<void> {
  const asked = (await (await send("/sign-in/passkey/options", "{}")).json()) as Asked;
  const options = asked.options as unknown as { challenge: string };
  const found = (await navigator.credentials.get({
    publicKey: {
      ...(asked.options as unknown as PublicKeyCredentialRequestOptions),
      challenge: bytes(options.challenge),
      allowCredentials: [],
    },
  })) as PublicKeyCredential | null;
  if (found === null) throw new Refused("The browser found no passkey.");
  const response = found.response as AuthenticatorAssertionResponse;
  const body = {
    ticket: asked.ticket,
    next: following,
    credential: {
      id: found.id,
      rawId: text(found.rawId),
      type: found.type,
      response: {
        clientDataJSON: text(response.clientDataJSON),
        authenticatorData: text(response.authenticatorData),
        signature: text(response.signature),
        userHandle: response.userHandle ? text(response.userHandle) : null,
      },
    },
  };
  await goOn(await send("/sign-in/passkey", JSON.stringify(body)));
}

async function attempt(near: ParentNode, work: () => Promise<void>): Promise<void> {
  const problem = near.querySelector<HTMLElement>("[data-passkey-problem]");
  if (problem) problem.hidden = true;
  try {
    await work();
  } catch (error) {
    if (!problem) return;
    problem.textContent =
      error instanceof Refused ? error.message : "That was broken off. Please try again.";
    problem.hidden = false;
  }
}

export function startPasskeys(): void {
  if (!("PublicKeyCredential" in window)) return;
  const form = document.querySelector<HTMLFormElement>("[data-passkey-add]");
  if (form) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void attempt(form, () => create(form));
    });
  }
  const button = document.querySelector<HTMLButtonElement>("[data-passkey-sign-in]");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      void attempt(button.form ?? document, () => signIn(button.dataset["next"] ?? ""));
    });
  }
}
