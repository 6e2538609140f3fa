/**
 * How long a post is, counted as the server counts (microblog/text/measuring.py): each link 23,
 * of a mention with a host the name alone, else what people see as one character.
 */
const LINK_LENGTH = 23;
const LONGEST_ADDRESS = 2048;
const SIGN = /https?:\/\/|[@＠]/giu;
const HOST = /[\p{L}\p{M}\p{N}.-]{1,253}/uy;
const PORT = /:[0-9]{1,5}(?![0-9])/y;
const REST =
  /[^\p{White_Space}\p{Cc}\u200e\u200f\u061c\u2066-\u2069<>"「」『』（）【】《》〈〉“”„«»、。，！？；：｡､]*/uy;
const USERNAME = /[A-Za-z0-9_.-]{1,100}/y;
const MENTION_HOST = /[\p{L}\p{M}\p{N}.-]{1,253}(?::[0-9]{1,5})?/uy;
const WORD = /[\p{L}\p{M}\p{Nd}\p{Pc}]/u;
const BETWEEN = ".,;:!?'*~|…";
const CLOSERS: Record<string, string> = { ")": "(", "]": "[", "}": "{" };
const LONGEST_USERNAME = 30;

const segmenter = typeof Intl.Segmenter === "function" ? new Intl.Segmenter() : null;

export function countCharacters(text: string): number {
  if (segmenter) {
    let count = 0;
    for (const _ of segmenter.segment(text)) count += 1;
    return count;
  }
  return [...text].length;
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

function isLabel(label: string): boolean {
  return label.length > 0 && label.length <= 63 && !label.startsWith("-") && !label.endsWith("-");
}

function hostOf(run: string): string {
  run = run.replace(/[.-]+$/, "");
  const dot = run.lastIndexOf(".");
  let last = run.slice(dot + 1);
  if (last && /^[\x00-\x7f]/.test(last)) last = last.replace(/[^\x00-\x7f].*$/su, "").replace(/-+$/, "");
  const host = dot < 0 ? `.${last}` : `${run.slice(0, dot)}.${last}`;
  if (/^(?:[0-9]{1,3}\.){3}[0-9]{1,3}$/.test(host)) {
    return host.split(".").every((part) => Number(part) < 256) ? host : "";
  }
  if ([...last].length < 2 || /^\p{Nd}+$/u.test(last)) return "";
  return host.split(".").every(isLabel) ? host : "";
}

function beforePunctuation(text: string, start: number, end: number): number {
  while (end > start) {
    const last = text[end - 1] ?? "";
    const opener = CLOSERS[last];
    if (opener) {
      const part = text.slice(start, end);
      if (part.split(last).length <= part.split(opener).length) break;
    } else if (!BETWEEN.includes(last)) break;
    end -= 1;
  }
  return end;
}

/** Where the link ends that begins there; `start` itself where there is none. */
function linkEnd(text: string, start: number, afterScheme: number): number {
  const host = hostOf(match(HOST, text, afterScheme));
  let end = afterScheme + host.length;
  if (!host || text[end] === "@") return start;
  end += match(PORT, text, end).length;
  if (!"/?#".includes(text[end] ?? " ")) return end;
  end = beforePunctuation(text, end, end + match(REST, text, end).length);
  return end - start > LONGEST_ADDRESS ? start : end;
}

/** Where a mention ends, and what of it counts; null where there is none. */
function mentionAt(text: string, start: number): { end: number; name: string } | null {
  const before = text[start - 1] ?? " ";
  if ("=/@＠".includes(before) || WORD.test(before)) return null;
  const name = match(USERNAME, text, start + 1).replace(/[.-]+$/, "");
  if (!name || name.startsWith(".") || name.startsWith("-")) return null;
  let end = start + 1 + name.length;
  if (text[end] === "@") {
    const host = match(MENTION_HOST, text, end + 1).replace(/[.-]+$/, "");
    if (host) {
      end += 1 + host.length;
      const isHere = host.toLowerCase() === location.host.toLowerCase();
      if (!isHere && (!host.includes(".") || name.length > LONGEST_USERNAME)) return null;
    }
  }
  if (name.length > LONGEST_USERNAME) return null;
  return { end, name };
}

function shortened(text: string): string {
  let counted = "";
  let told = 0;
  SIGN.lastIndex = 0;
  for (let sign = SIGN.exec(text); sign; sign = SIGN.exec(text)) {
    const start = sign.index;
    let end = start + sign[0].length;
    let counts: string | null = null;
    if (sign[0] === "@" || sign[0] === "＠") {
      const mention = mentionAt(text, start);
      if (mention) {
        end = mention.end;
        counts = `@${mention.name}`;
      }
    } else {
      const before = text[start - 1] ?? " ";
      if (!/[A-Za-z0-9@＠$＄#＃]/.test(before)) {
        const stop = linkEnd(text, start, end);
        if (stop > start) {
          end = stop;
          counts = "x".repeat(LINK_LENGTH);
        }
      }
    }
    if (counts !== null) {
      counted += text.slice(told, start) + counts;
      told = end;
    }
    SIGN.lastIndex = end;
  }
  return counted + text.slice(told);
}

export function measure(text: string, warning: string): number {
  const clean = text.replace(/\r\n?/g, "\n").normalize("NFC").trim();
  return countCharacters(shortened(clean)) + countCharacters(warning.trim().replace(/\s+/g, " "));
}
