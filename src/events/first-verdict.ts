import { isbotMatch } from "isbot";
import { isWithin } from "../config/ranges.ts";
import type { Verdict } from "./event.ts";
import type { Judged } from "./verdict.ts";

/** What one request alone says of who made it. */
export interface Seen {
  readonly method: string;
  /** "" where there is none. */
  readonly userAgent: string;
  /** IPv4 or IPv6; null where unknown. */
  readonly address: string | null;
}

export interface Ranges {
  /** CIDR ranges or single addresses, as in config/kindling.yaml. */
  readonly scannerRanges: readonly string[];
  readonly relayRanges: readonly string[];
}

const HUMAN: Judged = { verdict: "human", reason: null };

/**
 * Who seems to have made a request (spec/tracking.md, "People and machines"); what other hits of the same message
 * show comes later, in verdict.ts. `open`: of the pixel; `act`: a click, a page view, a form.
 */
export function firstVerdict(kind: "open" | "act", seen: Seen, ranges: Ranges): Judged {
  if (seen.method === "HEAD") return { verdict: "scanner", reason: "asked with HEAD" };
  if (isWithin(seen.address, ranges.scannerRanges))
    return { verdict: "scanner", reason: "comes from a listed scanner range" };
  const agent = agentOf(seen.userAgent);
  if (kind === "open") {
    if (agent.imageProxy !== null) return agent.imageProxy;
    if (seen.userAgent === "Mozilla/5.0")
      return { verdict: "prefetch", reason: "loaded by the mail client, not by a person" };
  }
  if (agent.bot !== null) return agent.bot;
  if (kind === "open" && isWithin(seen.address, ranges.relayRanges))
    return { verdict: "prefetch", reason: "comes from a listed privacy relay" };
  return HUMAN;
}

interface Agent {
  /** What it is for an open. A click never comes through an image proxy. */
  readonly imageProxy: Judged | null;
  readonly bot: Judged | null;
}

/** They load an image when a person looks at the mail; isbot takes them for bots. */
const IMAGE_PROXY =
  /GoogleImageProxy|YahooMailProxy|YandexImageResizer|SeznamEmailProxy|(?:image|mail)[ _-]?proxy/i;

// A handful of user agents makes most hits, and matching isbot's long pattern is the dear part.
const agents = new Map<string, Agent>();
const MOST_AGENTS = 2_000;
const LONGEST_AGENT = 512;

function agentOf(userAgent: string): Agent {
  const key = userAgent.slice(0, LONGEST_AGENT);
  let agent = agents.get(key);
  if (agent === undefined) {
    if (agents.size >= MOST_AGENTS) agents.delete(agents.keys().next().value!);
    agent = { imageProxy: imageProxyOf(key), bot: botOf(key) };
  } else agents.delete(key);
  // Last in the map: the one that was used longest ago goes first.
  agents.set(key, agent);
  return agent;
}

function imageProxyOf(userAgent: string): Judged | null {
  const found = IMAGE_PROXY.exec(userAgent);
  return found ? { verdict: "proxy", reason: `seen through an image proxy (${found[0]})` } : null;
}

function botOf(userAgent: string): Judged | null {
  const verdict: Verdict = "scanner";
  // isbot takes no user agent at all for a person.
  if (userAgent.trim() === "") return { verdict, reason: "has no user agent" };
  const found = isbotMatch(userAgent);
  return found === null ? null : { verdict, reason: `has the user agent of a bot (${found})` };
}
