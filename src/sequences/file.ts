import { z } from "zod";
import { parseLocal } from "../calendar/local.ts";
import { conditionSchema, eventTypeField, scoringConditionSchema } from "../conditions/condition.ts";
import type { Condition, Scalar } from "../conditions/condition.ts";
import {
  attributeNameField,
  durationField,
  filledField,
  lengthField,
  nameField,
  percentField,
  requiredLength,
  share,
  textField,
  wordField,
} from "../config/fields.ts";
import { capsFile } from "../config/settings-schema.ts";

const temperature = z.enum(["cold", "warm", "hot"]);
const temperatures = z.union([temperature, z.array(temperature).min(1)]);
const model = nameField.optional();
const also = { if: conditionSchema.optional() };

const entryFile = z.union([
  z.strictObject({ temperature: temperatures, model, ...also }),
  z.strictObject({ cooled: z.strictObject({ from: temperatures }), model, ...also }),
  z.strictObject({ reached: nameField, model, ...also }),
  z.strictObject({ event: eventTypeField, where: scoringConditionSchema.optional(), ...also }),
  z.strictObject({ segment: nameField, ...also }),
]);

const conditions = z.union([conditionSchema, z.array(conditionSchema).min(1)]);

const templateField = filledField.max(200);

const untilField = textField(
  (value) =>
    parseLocal(value)
      ? null
      : { message: `"${value}" is no local time`, suggestion: 'write it as "tuesday 10:00"' },
  'a local time is text, like "tuesday 10:00"',
);

const confidenceField = textField(
  (value) =>
    percentField.safeParse(value).success && share(value) >= 0.5 && share(value) < 1
      ? null
      : { message: "a confidence is a percentage from 50% to below 100%", suggestion: "95% is usual" },
  "a confidence is a percentage, like 95%",
);

const variantsFile = z.record(wordField, templateField);
const measureFile = z.union([z.enum(["clicked", "opened", "replied"]), conditionSchema]);
const scalar: z.ZodType<Scalar> = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const id = { id: wordField.optional() };
const stepList = z.lazy((): z.ZodType<StepFile[]> => z.array(stepFile));

const armFile = z.union([
  z.strictObject({ when: conditionSchema, steps: stepList }),
  z.strictObject({ otherwise: z.literal(true), steps: stepList }),
]);

const stepFile: z.ZodType<StepFile> = z.union([
  z.strictObject({ ...id, send: templateField }),
  z.strictObject({ ...id, wait: z.union([durationField, z.strictObject({ until: untilField })]) }),
  z.strictObject({
    ...id,
    wait_for: conditionSchema,
    up_to: requiredLength("waits for ever: say how long with up_to"),
    then: stepList.optional(),
    else: stepList.optional(),
  }),
  z.strictObject({ ...id, branch: z.array(armFile).min(1) }),
  z.strictObject({
    ...id,
    ab: z.strictObject({
      variants: variantsFile,
      weights: z.record(wordField, z.number().positive()).optional(),
      measure: measureFile,
      confidence: confidenceField,
    }),
  }),
  z.strictObject({ ...id, set: z.record(attributeNameField, scalar) }),
  z.strictObject({ ...id, notify: nameField, note: filledField.optional() }),
  z.strictObject({ ...id, deal: z.literal("open") }),
  z.strictObject({ ...id, webhook: nameField }),
  z.strictObject({ ...id, end: wordField }),
]);

/** A file of `config/sequences/` as it is written. */
export const sequenceFile = z.strictObject({
  sequence: nameField,
  title: filledField.optional(),
  track: nameField.optional(),
  enter: z.array(entryFile).optional(),
  reenter: z.union([z.enum(["never", "always"]), z.strictObject({ after: lengthField })]).optional(),
  exit: conditions.optional(),
  goal: conditions.optional(),
  window: nameField.optional(),
  priority: z.int().optional(),
  holdout: percentField.optional(),
  caps: capsFile.optional(),
  steps: z.array(stepFile),
});

export type SequenceFile = z.infer<typeof sequenceFile>;
export type EntryFile = z.infer<typeof entryFile>;

type ArmFile = { when: Condition; steps: StepFile[] } | { otherwise: true; steps: StepFile[] };

export interface AbFile {
  variants: Record<string, string>;
  weights?: Record<string, number>;
  measure: "clicked" | "opened" | "replied" | Condition;
  confidence: string;
}

export type StepFile = { id?: string } & (
  | { send: string }
  | { wait: string | { until: string } }
  | { wait_for: Condition; up_to: string; then?: StepFile[]; else?: StepFile[] }
  | { branch: ArmFile[] }
  | { ab: AbFile }
  | { set: Record<string, Scalar> }
  | { notify: string; note?: string }
  | { deal: "open" }
  | { webhook: string }
  | { end: string }
);
