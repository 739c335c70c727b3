import type { Instant } from "../instant.ts";
import type { Verdict } from "./event.ts";

/** One open or click of a message, as it came in. */
export interface Hit {
  /** The event's place in the log. */
  readonly seq: number;
  readonly at: Instant;
  readonly kind: "open" | "click";
  /** The link's number; null for an open. The hidden link is HIDDEN. */
  readonly link: number | null;
  /** A keyed hash of the address it came from; null where unknown. */
  readonly from: string | null;
  /** What the request alone says (user agent, method, ranges). */
  readonly first: Verdict;
  readonly firstReason: string | null;
  /** What stands in the log now. */
  readonly verdict: Verdict;
}

/** The hits of one message, oldest first, and how many tracked links it has. */
export interface Hits {
  readonly links: number;
  readonly list: readonly Hit[];
}

/** The link that no person sees. */
export const HIDDEN = -1;

const BURST = 2_000;
const AROUND_HIDDEN = 10 * 60_000;
const KEPT = 60;

export interface Judged {
  readonly verdict: Verdict;
  readonly reason: string | null;
}

/**
 * Who made each hit of one message, seen together (spec/tracking.md, "People and machines"): the hidden link gives
 * away every click within ten minutes of it or from its address; three different links, or both of two, within two
 * seconds give away the burst. In the order of the list.
 */
export function judge(hits: Hits): Judged[] {
  const clicks = hits.list.filter((hit) => hit.kind === "click");
  const traps = clicks.filter((hit) => hit.link === HIDDEN);
  const bursting = burst(
    clicks.filter((hit) => hit.link !== HIDDEN),
    hits.links,
  );
  return hits.list.map((hit) => {
    if (hit.first === "scanner") return { verdict: "scanner", reason: hit.firstReason };
    if (hit.kind === "click") {
      if (hit.link === HIDDEN) return { verdict: "scanner", reason: "clicked the link that no person sees" };
      for (const trap of traps) {
        if (Math.abs(trap.at - hit.at) <= AROUND_HIDDEN)
          return { verdict: "scanner", reason: "within ten minutes of a click on the hidden link" };
        if (trap.from !== null && trap.from === hit.from)
          return { verdict: "scanner", reason: "from the address that clicked the hidden link" };
      }
      if (bursting.has(hit)) return { verdict: "scanner", reason: "several links within two seconds" };
    }
    return { verdict: hit.first, reason: hit.firstReason };
  });
}

function burst(clicks: readonly Hit[], links: number): Set<Hit> {
  const found = new Set<Hit>();
  const enough = links === 2 ? 2 : 3;
  for (let first = 0; first < clicks.length; first++) {
    const within = clicks.filter((hit) => hit.at >= clicks[first]!.at && hit.at - clicks[first]!.at <= BURST);
    if (new Set(within.map((hit) => hit.link)).size >= enough) for (const hit of within) found.add(hit);
  }
  return found;
}

/** Adds a hit; of very many the first and the latest are kept. */
export function addHit(hits: Hits, hit: Hit): Hits {
  const list = [...hits.list, hit];
  if (list.length > KEPT) list.splice(KEPT / 2, list.length - KEPT);
  return { links: hits.links, list };
}
