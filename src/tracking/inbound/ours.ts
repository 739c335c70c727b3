import { readToken, type TokenKeys } from "../../email/token.ts";
import type { InboundMail } from "./mail.ts";

/** Which mail of ours an inbound mail is about, and what its address asks. */
export interface Ours {
  /** The message that a token of ours names; null where none is genuine. */
  readonly message: number | null;
  /** By its shape, genuine or not, the address that it was sent to; a person writes to neither of ours. */
  readonly at: "bounce" | "unsubscribe" | "elsewhere";
}

const MOST = 50;

/** Return paths and Message-IDs of ours are looked for in all of the mail: what is signed may stand anywhere. */
export function oursIn(keys: TokenKeys, mail: InboundMail): Ours {
  const to = ["to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to"]
    .flatMap((name) => mail.headers(name))
    .join("\n");
  const at = /\bu-[0-9a-f]{40,60}@/i.test(to)
    ? "unsubscribe"
    : /\bb-[0-9a-f]{40,60}@/i.test(to)
      ? "bounce"
      : "elsewhere";
  const addressed = messageIn(keys, to, at === "unsubscribe" ? "u-" : "b-");
  if (addressed !== null || at === "unsubscribe") return { message: addressed, at };
  const threads = ["in-reply-to", "references", "x-original-message-id"].flatMap((name) =>
    mail.headers(name),
  );
  for (const text of [threads.join("\n"), ...mail.parts.map((part) => part.text), mail.text]) {
    const message = messageIn(keys, text, "k.") ?? messageIn(keys, text, "b-");
    if (message !== null) return { message, at };
  }
  return { message: null, at };
}

function messageIn(keys: TokenKeys, text: string, mark: "u-" | "b-" | "k."): number | null {
  const found = text.matchAll(/(?<![0-9a-z])([ub]-|k\.)([0-9a-f]{40,60})@/gi);
  let looked = 0;
  for (const [, kind, token] of found) {
    if (kind!.toLowerCase() !== mark) continue;
    const read = readToken(keys, mark === "u-" ? "leave" : "verp", token!);
    if (read) return read.message;
    if (++looked >= MOST) break;
  }
  return null;
}
