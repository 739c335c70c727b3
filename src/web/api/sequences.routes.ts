import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { readExperiments } from "../../insights/experiments.store.ts";
import { drain } from "../../lifecycle/drain.run.ts";
import { reply } from "../idempotency.run.ts";
import { unknown } from "./check-input.ts";
import type { ApiDeps, ApiEnv } from "./deps.ts";
import { nameParameter } from "./fields.ts";
import { NotFound } from "./refusals.ts";
import { api, describe } from "./route.ts";
import { standingJson, testJson } from "./experiments-json.ts";
import { overview, stepReports } from "./sequence-report.ts";
import { countEnrolments, countMachines, countMails, countWaiting } from "./sequence-report.store.ts";

const overviewFields = {
  sequence: z.string(),
  title: z.string(),
  track: z.string().nullable(),
  priority: z.int(),
  holdout: z.number().openapi({ description: "A share, 0 to below 1" }),
  entered: z.int(),
  open: z.int(),
  outcomes: z.record(z.string(), z.int()).openapi({ example: { goal: 3, exited: 5, holdout: 1 } }),
};

const counts = {
  entered: z.int().openapi({ description: "Mails asked for" }),
  sent: z.int(),
  people: z.object({
    opened: z.int(),
    clicked: z.int(),
    replied: z.int(),
    bounced: z.int(),
    unsubscribed: z.int(),
    goal: z.int().openapi({ description: "Reached the goal after this mail was asked for" }),
  }),
  machines: z.object({ opened: z.int(), clicked: z.int() }),
};

const interval = {
  from: z.number().nullable(),
  to: z.number().nullable().openapi({ description: "null: nothing bounds it" }),
};

const standing = {
  confidence: z.number().openapi({ example: 0.95 }),
  leads: z.int(),
  arms: z.array(
    z.object({
      variant: z.string(),
      weight: z.number(),
      leads: z.int().openapi({ description: "Whose mail was sent, or who entered; each once" }),
      converted: z.int().openapi({ description: "People only" }),
      seen: z.int().openapi({ description: "Those long enough ago for their outcome to be final" }),
      seen_converted: z.int(),
      rate: z
        .object({ value: z.number().nullable(), ...interval })
        .openapi({ description: "Of those seen, with an always-valid interval" }),
    }),
  ),
  lifts: z.array(
    z
      .object({ variant: z.string(), against: z.string(), value: z.number().nullable(), ...interval })
      .openapi({ description: "How many times as often one converts as the other" }),
  ),
};

const test = z
  .object({
    ...standing,
    winner: z
      .object({ variant: z.string(), at: z.iso.datetime() })
      .nullable()
      .openapi({ description: "Later leads get it" }),
    needed: z
      .int()
      .nullable()
      .openapi({ description: "About how many leads it takes in all, if things stay as they look" }),
  })
  .openapi("AbStanding");

const effect = z.object(standing).nullable().openapi({
  description:
    "What the sequence itself causes: those who got it against those held out; null without a holdout",
});

const step = z
  .object({
    step: z.string(),
    kind: z.string(),
    waiting: z.int().openapi({ description: "Enrolments that stand here now" }),
    variants: z
      .array(z.object({ variant: z.string(), template: z.string(), weight: z.number(), ...counts }))
      .optional(),
    test: test.optional().openapi({ description: "Where an A/B test stands" }),
    entered: counts.entered.optional(),
    sent: counts.sent.optional(),
    people: counts.people.optional(),
    machines: counts.machines.optional(),
  })
  .openapi("StepReport");

const list = describe({
  method: "get",
  path: "/api/sequences",
  summary: "Sequences",
  roles: ["admin", "marketer"],
  answers: { 200: z.object({ sequences: z.array(z.object(overviewFields)) }) },
});

const get = describe({
  method: "get",
  path: "/api/sequences/{name}",
  summary: "A sequence: each step's counts, people and machines side by side",
  roles: ["admin", "marketer"],
  params: nameParameter,
  answers: { 200: z.object({ ...overviewFields, effect, steps: z.array(step) }) },
});

export function sequenceRoutes({ spine }: ApiDeps): OpenAPIHono<ApiEnv> {
  const db = spine.db.kysely;

  return api()
    .openapi(list, async () => {
      await drain(spine);
      const found = await countEnrolments(db);
      const sequences = [...spine.programme().sequences.values()].map((one) => overview(one, found));
      return reply({ status: 200, body: { sequences } });
    })
    .openapi(get, async (c) => {
      const { name } = c.req.valid("param");
      const { sequences } = spine.programme();
      const sequence = sequences.get(name);
      if (!sequence) throw new NotFound(unknown("sequence", name, sequences.keys()));
      await drain(spine);
      const steps = stepReports(
        sequence,
        await countWaiting(db, name),
        await countMails(db, name),
        await countMachines(db, name),
      );
      const { tests, effect } = await readExperiments(db, spine.programme(), sequence);
      const body = {
        ...overview(sequence, await countEnrolments(db, name)),
        effect: effect && standingJson(effect),
        steps: steps.map((report) => {
          const own = tests.get(report.step);
          return own ? { ...report, test: testJson(own) } : report;
        }),
      };
      return reply({ status: 200, body });
    });
}
