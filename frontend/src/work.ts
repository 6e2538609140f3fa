/**
 * Sends the report form so that a little work can be done where it is asked for: while forged
 * reports arrive, the answer to a report is 428 with a challenge. Without this the form is sent as
 * any other.
 */
interface Challenge {
  readonly seed: string;
  readonly bits: number;
  readonly ticket: string;
}

const TRIES_AT_A_TIME = 4000;

/** Fractional parts of the square (`root` 2) or cube roots of the first primes, 32 bits of each. */
function fractions(count: number, root: number): number[] {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) {
      if (candidate % divisor === 0) prime = false;
    }
    const power = candidate ** (1 / root);
    if (prime) found.push(((power - Math.floor(power)) * 2 ** 32) | 0);
  }
  return found;
}

const START = fractions(8, 2);
const ROUND = fractions(64, 3);
const words = new Int32Array(64);

/** First 32 bits of the SHA-256 (FIPS 180-4) of at most 55 ASCII characters. */
export function firstWord(text: string): number {
  words.fill(0, 0, 16);
  for (let i = 0; i < text.length; i++) words[i >> 2]! |= text.charCodeAt(i) << (24 - (i % 4) * 8);
  words[text.length >> 2]! |= 0x80 << (24 - (text.length % 4) * 8);
  words[15] = text.length * 8;
  const turned = (word: number, by: number): number => (word >>> by) | (word << (32 - by));
  for (let i = 16; i < 64; i++) {
    const [one, two] = [words[i - 15]!, words[i - 2]!];
    const near = turned(one, 7) ^ turned(one, 18) ^ (one >>> 3);
    const far = turned(two, 17) ^ turned(two, 19) ^ (two >>> 10);
    words[i] = words[i - 16]! + near + words[i - 7]! + far;
  }
  let [a, b, c, d, e, f, g, h] = START as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const high = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const chosen = (e & f) ^ (~e & g);
    const first = (h + high + chosen + ROUND[i]! + words[i]!) | 0;
    const low = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const most = (a & b) ^ (a & c) ^ (b & c);
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + low + most) | 0];
  }
  return (START[0]! + a) >>> 0;
}

/** The number that was asked for; pauses now and then, so that the page stays alive. */
export async function solved({ seed, bits }: Challenge): Promise<string> {
  const limit = 2 ** (32 - bits);
  for (let number = 0; ; number++) {
    if (firstWord(`${seed}.${number}`) < limit) return String(number);
    if (number % TRIES_AT_A_TIME === TRIES_AT_A_TIME - 1) await new Promise((done) => setTimeout(done));
  }
}

function send(form: HTMLFormElement, report: URLSearchParams, work: string | null): Promise<Response> {
  const headers: Record<string, string> = work === null ? {} : { "lapwing-work": work };
  return fetch(form.action, { method: "POST", headers, body: report });
}

function challengeOf(answer: Response): Challenge | null {
  const [seed, bits, ticket] = (answer.headers.get("lapwing-challenge") ?? "").split(" ");
  return seed && bits && ticket ? { seed, bits: Number(bits), ticket } : null;
}

/** Where the answer leads; null: it was not taken. */
async function sent(form: HTMLFormElement, submitter: HTMLElement | null): Promise<string | null> {
  const report = new URLSearchParams();
  for (const [name, value] of new FormData(form, submitter)) report.append(name, String(value));
  try {
    let answer = await send(form, report, null);
    const challenge = challengeOf(answer);
    if (answer.status === 428 && challenge) {
      answer = await send(form, report, `${challenge.ticket}.${await solved(challenge)}`);
    }
    return answer.ok && answer.redirected ? answer.url : null;
  } catch {
    return null;
  }
}

/** What goes wrong is told by the form's own answer: it is then sent as if this were not here. */
export function startWork(): void {
  const form = document.querySelector<HTMLFormElement>("[data-report]");
  let busy = false;
  let plain = false;
  form?.addEventListener("submit", (event) => {
    if (plain) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    const submitter = (event as SubmitEvent).submitter;
    void sent(form, submitter).then((address) => {
      busy = false;
      if (address !== null) return location.assign(address);
      plain = true;
      form.requestSubmit(submitter);
      plain = false;
    });
  });
}
