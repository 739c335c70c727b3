import { readToken, type TokenKeys, type TokenKind } from "../../src/email/token.ts";
import type { Expectations } from "./lint.ts";
import type { Part } from "./mail-parts.ts";

/** By the letter in their path. */
const KINDS: Readonly<Record<string, TokenKind>> = {
  o: "open",
  c: "click",
  u: "unsubscribe",
  p: "preferences",
  v: "view",
  a: "answer",
  f: "confirm",
  d: "mydata",
};

/** What each kind of mail may link to. */
const ALLOWED: Readonly<Record<Expectations["purpose"], string>> = {
  marketing: "ocupv",
  asked: "fdupv",
  own: "a",
};

/** What is wrong with where a mail leads, and with what it tells us about its reader. */
export function lintLinks(parts: readonly Part[], expected: Expectations): string[] {
  const html = parts.find(({ type }) => type === "text/html")?.text ?? "";
  const text = parts.find(({ type }) => type === "text/plain")?.text ?? "";
  const addresses = [...html.matchAll(/\s(?:href|src|action|background)="([^"]*)"/g)].map(([, url]) =>
    unescape(url!),
  );
  const written = [...text.matchAll(/https?:\/\/[^\s<>()]+/g)].map(([url]) => url);
  const faults = addresses
    .filter((url) => !/^(https?:\/\/|mailto:)[^\s]+$/.test(url))
    .map((url) => `"${url}" leads nowhere`);
  const tags = [...html.matchAll(/<a\s[^>]*>/g)].map(([tag]) => tag);
  const { tracking, purpose, baseUrl, sequence } = expected;
  faults.push(...[...addresses, ...written].flatMap((url) => lintAddress(url, expected)));

  const pixels = [...html.matchAll(/<img\b[^>]*\ssrc="([^"]*)"[^>]*>/g)].filter(([, url]) =>
    url!.includes("/t/o/"),
  );
  const wanted = purpose === "marketing" && tracking.opens ? 1 : 0;
  if (pixels.length !== wanted) faults.push(`${pixels.length} pixels, not ${wanted}`);
  if (/\/t\/o\//.test(text)) faults.push("the text part has a pixel");

  const hidden = tags.filter((tag) => /aria-hidden="true"/.test(tag));
  const traps = purpose === "marketing" && tracking.clicks ? 1 : 0;
  if (hidden.length !== traps) faults.push(`${hidden.length} hidden links, not ${traps}`);
  for (const tag of hidden) {
    const address = unescape(/\shref="([^"]*)"/.exec(tag)?.[1] ?? "");
    if (tag !== tags.at(-1)) faults.push("the hidden link is not the last");
    if (!/\stabindex="-1"/.test(tag)) faults.push("the hidden link can be reached by keyboard");
    if (text.includes(address)) faults.push("the hidden link is in the text part");
  }
  if (purpose !== "marketing" || sequence === null) return faults;
  for (const [name, part] of [
    ["HTML", html],
    ["text", text],
  ] as const)
    if (!part.includes(`${baseUrl}/t/u/`) && !part.includes(`${baseUrl}/t/p/`))
      faults.push(`no way out in the ${name} part`);
  return faults;
}

/** One address: ours is signed for this very mail; another's is reached through ours where clicks are tracked. */
function lintAddress(url: string, expected: Expectations): string[] {
  const { baseUrl, tokenKeys, message, tracking, purpose } = expected;
  if (url.startsWith("mailto:")) return [];
  const [, letter, token] = /^\/t\/([a-z])\/([^/?#]+?)(?:\.gif)?$/.exec(url.slice(baseUrl.length)) ?? [];
  if (!url.startsWith(`${baseUrl}/`) || letter === undefined) {
    const tracked = purpose === "marketing" && tracking.clicks && !url.startsWith(baseUrl);
    return tracked ? [`${url} is not tracked`] : [];
  }
  if (!ALLOWED[purpose].includes(letter)) return [`a link of kind ${letter} in a mail that is ${purpose}`];
  if (letter === "c" && !tracking.clicks) return ["a tracked link, and clicks are not tracked"];
  return isSigned(tokenKeys, KINDS[letter]!, token!, message) ? [] : [`${url} is not signed for this mail`];
}

function isSigned(keys: TokenKeys, kind: TokenKind, token: string, message: number): boolean {
  const says = readToken(keys, kind, token);
  return says !== null && (!("message" in says) || says.message === message);
}

function unescape(text: string): string {
  return text
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
