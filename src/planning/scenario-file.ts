import { z } from "zod";
import { eventTypeField } from "../conditions/condition.ts";
import { addressField, attributeNameField, durationField, filledField, nameField } from "../config/fields.ts";
import { zoneField } from "../config/places.ts";
import { ACTORS, VERDICTS } from "../events/event.ts";
import { momentField } from "./moment.ts";
import { HAPPENINGS } from "./script.ts";

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const temperature = z.enum(["cold", "warm", "hot"]);
const word = z.string().min(1).max(200);

const lead = z.strictObject({
  email: addressField,
  at: momentField.optional(),
  attributes: z.record(attributeNameField, scalar).optional(),
  consent: z.boolean().optional(),
});

const actFields = {
  email: addressField.optional(),
  type: eventTypeField,
  actor: z.enum(ACTORS).optional(),
  verdict: z.enum(VERDICTS).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
};

/** The keys of a line of the log that a reaction can ask for. */
const asked = {
  template: word.optional(),
  sequence: word.optional(),
  step: word.optional(),
  variant: word.optional(),
  locale: word.optional(),
  model: word.optional(),
  mark: word.optional(),
  from: word.optional(),
  to: word.optional(),
  cause: word.optional(),
  outcome: word.optional(),
  reason: word.optional(),
  rep: word.optional(),
  kind: word.optional(),
};

/** A line of a script: something at an instant, or an answer to something that the engine does. */
const act = z.union([
  z.strictObject({ at: momentField, ...actFields, message: word.optional() }),
  z.strictObject({
    on: z.enum(HAPPENINGS),
    after: durationField.optional(),
    ...actFields,
    link: z.int().min(0).optional(),
    ...asked,
  }),
]);

/** What every expectation may say beside its own. */
const whenFields = {
  email: addressField.optional(),
  at: momentField.optional(),
  within: z.tuple([momentField, momentField]).optional(),
  times: z.int().min(0).max(1000).optional(),
};

const expectation = z
  .union([
    z.strictObject({
      mail: word,
      subject: word.optional(),
      variant: word.optional(),
      locale: word.optional(),
      sequence: word.optional(),
      step: word.optional(),
      ...whenFields,
    }),
    z.strictObject({
      crossing: temperature,
      from: temperature.optional(),
      model: nameField.optional(),
      cause: z.enum(["event", "time"]).optional(),
      ...whenFields,
    }),
    z.strictObject({
      mark: nameField,
      to: z.enum(["reached", "left"]).optional(),
      model: nameField.optional(),
      cause: z.enum(["event", "time"]).optional(),
      ...whenFields,
    }),
    z.strictObject({ notice: word, rep: nameField.optional(), ...whenFields }),
    z.strictObject({ entered: word, ...whenFields }),
    z.strictObject({ ended: word, outcome: word.optional(), ...whenFields }),
    z.strictObject({ deal: z.enum(["opened"]), ...whenFields }),
    z.strictObject({
      deferred: word,
      reason: word.optional(),
      until: momentField.optional(),
      sequence: word.optional(),
      step: word.optional(),
      ...whenFields,
    }),
    z.strictObject({
      dropped: word,
      reason: word.optional(),
      sequence: word.optional(),
      step: word.optional(),
      ...whenFields,
    }),
  ])
  .check(({ value, issues }) => {
    if (value.at !== undefined && value.within !== undefined)
      issues.push({
        code: "custom",
        input: value,
        path: ["within"],
        message: `"within" can't stand beside "at"`,
      });
  });

/** What can be expected: the key by which an expectation names it. */
export const KINDS = [
  "mail",
  "crossing",
  "mark",
  "notice",
  "entered",
  "ended",
  "deal",
  "deferred",
  "dropped",
] as const;
export type Kind = (typeof KINDS)[number];

/** A file of `config/scenarios/`. */
export const scenarioFile = z.strictObject({
  scenario: filledField,
  timezone: zoneField.optional(),
  from: momentField,
  until: momentField,
  given: z.strictObject({
    leads: z.array(lead).min(1).max(1000),
    acts: z.array(act).max(10_000).optional(),
  }),
  in_order: z.boolean().optional(),
  exactly: z.array(z.enum(KINDS)).min(1).optional(),
  expect: z.array(expectation).min(1).max(10_000),
});

export type ScenarioFile = z.infer<typeof scenarioFile>;
export type ExpectationFile = ScenarioFile["expect"][number];
export type ActFile = NonNullable<ScenarioFile["given"]["acts"]>[number];
