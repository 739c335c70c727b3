import type { Instant } from "../instant.ts";
import { openedSince } from "../programme/programme.ts";
import { isCurrent } from "../scoring/fold.ts";
import { takeOverEnrolments } from "./in-flight.ts";
import type { Life } from "./life.ts";
import { catchUpWithNew, enterExisting, react, withdrawBaseless } from "./react.ts";
import { drainQueue } from "./record.ts";
import { adopt } from "./refold.ts";
import { prepareActs } from "./score.ts";

/**
 * Takes a lead over to another programme: scores again what that changed, forgets what it no longer asks, and goes on in
 * what became of its sequences. A temperature that is another one under it is a crossing of today, and reacted to.
 */
export function follow(life: Life, from: string | null, now: Instant): void {
  // Caps and windows may be others now, and nobody waits for what is no more.
  life.changes.wake.add("window").add("cap");
  const { models } = life.programme;
  const names = new Set(models.map((model) => model.name));
  for (const name of Object.keys(life.state.models)) if (!names.has(name)) delete life.state.models[name];
  for (const name of Object.keys(life.state.acted)) if (!names.has(name)) delete life.state.acted[name];
  const stale =
    models.some((model) => {
      const score = life.state.models[model.name];
      return score === undefined || !isCurrent(model, score);
    }) || [...life.wiring.keys.keys()].some((key) => life.state.acts[key] === undefined);
  life.now = Math.max(life.now, now);
  if (stale) adopt(life, life.now);
  prepareActs(life);
  takeOverEnrolments(life);
  const before = structuredClone(life.state.acted);
  catchUpWithNew(life);
  react(life, []);
  withdrawBaseless(life, before);
  const opened = openedSince(life.programme, from);
  if (opened.size > 0) enterExisting(life, opened);
  drainQueue(life);
}
