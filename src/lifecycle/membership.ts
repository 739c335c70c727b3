import { nextTimeChange } from "../conditions/evaluate.ts";
import type { Instant } from "../instant.ts";
import { factsOf } from "./facts.ts";
import type { Life } from "./life.ts";
import { testOf } from "./wiring.ts";

/** Brings the lead's segments up to what holds now; returns those it joined. Segments come after those they name. */
export function reviewSegments(life: Life): string[] {
  const joined: string[] = [];
  leaveRemoved(life);
  const facts = factsOf(life);
  for (const segment of life.programme.segments) {
    const was = life.state.segments.includes(segment.name);
    const is = testOf(segment.when)(facts);
    if (is === was) continue;
    life.state.segments = is
      ? [...life.state.segments, segment.name]
      : life.state.segments.filter((name) => name !== segment.name);
    life.changes.segments.push({ segment: segment.name, joined: is, at: life.now });
    if (is) joined.push(segment.name);
  }
  return joined;
}

/** Those that the programme no longer has. */
function leaveRemoved(life: Life): void {
  const { segments } = life.programme;
  const removed = life.state.segments.filter((name) => !segments.some((segment) => segment.name === name));
  if (removed.length === 0) return;
  life.state.segments = life.state.segments.filter((name) => !removed.includes(name));
  for (const segment of removed) life.changes.segments.push({ segment, joined: false, at: life.now });
}

/** The next instant at which time alone could change a membership (a `did … within` that ends). */
export function nextSegmentChange(life: Life): Instant | null {
  let next: Instant | null = null;
  if (life.programme.segments.length === 0) return null;
  const facts = factsOf(life);
  for (const segment of life.programme.segments) {
    const at = nextTimeChange(segment.when, facts);
    if (at !== null && (next === null || at < next)) next = at;
  }
  return next;
}
