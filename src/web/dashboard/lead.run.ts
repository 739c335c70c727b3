import { explainLead, type LeadExplained } from "../../insights/explain-lead.run.ts";
import { DAY } from "../../instant.ts";
import type { Spine } from "../../lifecycle/spine.ts";
import { curve, type Sample } from "../../scoring/explain.ts";

/** All that the page of a lead shows. */
export interface LeadView extends LeadExplained {
  /** By model: the total over time, and on into the time to come if nothing happens. */
  readonly lines: ReadonlyMap<string, readonly Sample[]>;
}

const LONGEST_LOOK_BACK = 240 * DAY;
const SAMPLES = 160;

/** null: there is no such lead. A fixed number of statements, however much has happened to it. */
export async function viewLead(spine: Spine, email: string): Promise<LeadView | null> {
  const explained = await explainLead(spine, email);
  if (!explained) return null;
  const { now, log: events, scores } = explained;
  const from = Math.max(events[0]?.at ?? now, now - LONGEST_LOOK_BACK);
  const ahead = Math.min(45 * DAY, Math.max(5 * DAY, (now - from) / 4));
  const log = { created: null, events };
  const lines = new Map(
    scores.map(({ model }) => [model.name, curve(model, log, from, now + ahead, SAMPLES)]),
  );
  return { ...explained, lines };
}
