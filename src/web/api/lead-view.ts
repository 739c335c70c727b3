import { z } from "@hono/zod-openapi";
import type { LoggedEvent } from "../../events/event.ts";
import type { Instant } from "../../instant.ts";
import type { Lead } from "../../leads/lead.ts";
import type { Programme } from "../../programme/programme.ts";
import { explain, type ExplainedPart, type Explanation } from "../../scoring/explain.ts";
import type { NextCrossing } from "../../scoring/fold.ts";
import type { Enrolment } from "../../sequences/enrolment.ts";
import { instantOut, scalar, shownInstant, shownOrNull } from "./fields.ts";

const part = z
  .looseObject({
    part: z.enum(["fit", "engagement", "inactivity", "clamp"]),
    name: z.string().optional(),
    points: z.number(),
  })
  .openapi({ description: "The points of all parts add up to the total exactly" });

const standingFields = {
  model: z.string(),
  total: z.number(),
  raw: z.number(),
  temperature: z.enum(["cold", "warm", "hot"]),
  next_crossing_at: instantOut.nullable(),
  next_temperature: z.enum(["cold", "warm", "hot"]).nullable(),
};

const lead = {
  email: z.string(),
  attributes: z.record(z.string(), scalar),
  owner: z.string().nullable(),
  stage: z.enum(["lead", "mql", "opportunity", "lost", "customer"]),
  created_at: instantOut,
  paused_until: instantOut.nullable(),
  suppressed: z.string().nullable().openapi({ description: "Why it gets no mail; null where it may" }),
};

const enrolmentSchema = z
  .object({
    sequence: z.string(),
    step: z.string().nullable(),
    next_at: instantOut.nullable(),
    outcome: z.string().nullable().openapi({ description: "null while it is open" }),
    entered_at: instantOut,
    ended_at: instantOut.nullable(),
    holdout: z.boolean(),
  })
  .openapi("Enrolment");

export const leadSchema = z
  .object({
    ...lead,
    scores: z.array(z.object({ ...standingFields, parts: z.array(part) })),
    enrolments: z.array(enrolmentSchema),
  })
  .openapi("Lead");

export const listedLeadSchema = z
  .object({ ...lead, scores: z.array(z.object(standingFields)) })
  .openapi("ListedLead");

/** What a lead's row says. */
export function leadRow(of: Lead) {
  return {
    email: of.email,
    attributes: of.attributes,
    owner: of.owner,
    stage: of.stage,
    created_at: shownInstant(of.createdAt),
    paused_until: shownOrNull(of.pausedUntil),
    suppressed: of.suppressed,
  };
}

export function nextView(next: NextCrossing | null) {
  return {
    next_crossing_at: shownOrNull(next?.at ?? null),
    next_temperature: next?.temperature ?? null,
  };
}

/** Every model's total and parts at one instant, from the log; models that do not accept the lead are left out. */
export function scoresOf(programme: Programme, log: readonly LoggedEvent[], at: Instant) {
  return explanations(programme, log, at).map((found) => ({
    ...standing(found),
    parts: found.parts.map(partView),
  }));
}

/** The same without the parts, for lists. */
export function standingsOf(programme: Programme, log: readonly LoggedEvent[], at: Instant) {
  return explanations(programme, log, at).map(standing);
}

function explanations(programme: Programme, log: readonly LoggedEvent[], at: Instant): Explanation[] {
  return programme.models.flatMap((model) => explain(model, { created: null, events: log }, at) ?? []);
}

function standing({ model, total, raw, temperature, next }: Explanation) {
  return { model, total, raw, temperature, ...nextView(next) };
}

function partView(of: ExplainedPart) {
  switch (of.part) {
    case "engagement":
      return { ...of, events: of.events.map((fed) => ({ ...fed, at: shownInstant(fed.at) })) };
    case "inactivity":
      return { ...of, since: shownInstant(of.since) };
    case "fit":
    case "clamp":
      return of;
    default:
      throw new Error(`unknown part: ${JSON.stringify(of satisfies never)}`);
  }
}

/** `mailDue`: when the mail that it waits for may leave. */
export function enrolmentView(of: Enrolment, mailDue: Instant | null) {
  return {
    sequence: of.sequence,
    step: of.step,
    next_at: of.state === "open" ? shownOrNull(of.dueAt ?? mailDue) : null,
    outcome: of.outcome,
    entered_at: shownInstant(of.enteredAt),
    ended_at: shownOrNull(of.endedAt),
    holdout: of.holdout,
  };
}
