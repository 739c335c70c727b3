import { z } from "zod";
import { lengthField, nameField } from "../config/fields.ts";

/** What an attribute may be. null means the same as missing. */
export type Scalar = string | number | boolean | null;
type Value = string | number | boolean;

/** Operators on one value; all that are there must hold. `from` and `to` are inclusive, and each may stand alone. */
export interface Operators {
  readonly is?: Value;
  readonly is_not?: Value;
  readonly in?: readonly Value[];
  readonly not_in?: readonly Value[];
  readonly over?: number | string;
  readonly under?: number | string;
  readonly from?: number | string;
  readonly to?: number | string;
  readonly matches?: string;
  readonly exists?: boolean;
}

export type Temperature = "cold" | "warm" | "hot";

type AttributeCondition = Operators & { readonly attribute: string };
type PropertyCondition = Operators & { readonly property: string };
interface TemperatureCondition {
  readonly temperature: Temperature | readonly Temperature[];
  readonly model?: string;
}
interface ReachedCondition {
  readonly reached: string;
  readonly model?: string;
}
export interface ScoreBounds {
  readonly over?: number;
  readonly under?: number;
  readonly from?: number;
  readonly to?: number;
}
interface ScoreCondition {
  readonly score: ScoreBounds;
  readonly model?: string;
}
export interface DidCondition {
  readonly did: string;
  readonly where?: Condition;
  /** A duration as written: `30d`. */
  readonly within?: string;
  readonly at_least?: number;
}
interface AllCondition {
  readonly all: readonly Condition[];
}
interface AnyCondition {
  readonly any: readonly Condition[];
}
interface NotCondition {
  readonly not: Condition;
}

/** The closed language of spec/scoring.md, "Conditions", as it stands in a file. */
export type Condition =
  | AttributeCondition
  | PropertyCondition
  | TemperatureCondition
  | ReachedCondition
  | ScoreCondition
  | DidCondition
  | { readonly clicked: string }
  | { readonly opened: string }
  | { readonly replied: string }
  | { readonly segment: string }
  | { readonly stage: string | readonly string[] }
  | { readonly owner: string }
  | AllCondition
  | AnyCondition
  | NotCondition;

/** The model that is meant where none is named. */
export const DEFAULT_MODEL = "default";

const value = z.union([z.string(), z.number(), z.boolean()]);
const bound = z.union([z.number(), z.string()]);

/** The fields of `Operators`, for a schema that has more of its own (a band has points). */
export const operatorFields = {
  is: value.optional(),
  is_not: value.optional(),
  in: z.array(value).min(1).optional(),
  not_in: z.array(value).min(1).optional(),
  over: bound.optional(),
  under: bound.optional(),
  from: bound.optional(),
  to: bound.optional(),
  matches: z.string().optional(),
  exists: z.boolean().optional(),
};

export const OPERATOR_NAMES = Object.keys(operatorFields) as (keyof Operators)[];

/** Whether at least one operator is there; without one a condition would say nothing. */
export function hasOperator(operators: object): boolean {
  return OPERATOR_NAMES.some((name) => (operators as Operators)[name] !== undefined);
}

export const NEEDS_OPERATOR = `says nothing yet: it needs one of ${OPERATOR_NAMES.join(", ")}`;

/** `page.viewed`: lower case, dots between words. */
export const eventTypeField = z
  .string()
  .max(100)
  .regex(
    /^[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)*$/,
    "an event type is lower case with dots between words: page.viewed",
  );

const fieldName = z.string().min(1).max(200);
const attributeForm = z
  .strictObject({ attribute: fieldName, ...operatorFields })
  .refine(hasOperator, NEEDS_OPERATOR);
const propertyForm = z
  .strictObject({ property: fieldName, ...operatorFields })
  .refine(hasOperator, NEEDS_OPERATOR);

/** A language of these forms, combined by `all`, `any` and `not`. */
function languageOf(forms: readonly z.ZodType[]): z.ZodType<Condition> {
  const list = () => z.array(schema).min(1);
  const schema: z.ZodType<Condition> = z.union([
    ...forms,
    z.strictObject({
      get all() {
        return list();
      },
    }),
    z.strictObject({
      get any() {
        return list();
      },
    }),
    z.strictObject({
      get not() {
        return schema;
      },
    }),
  ]) as z.ZodType<Condition>;
  return schema;
}

/** `applies_to`: attributes only. */
export const attributeConditionSchema = languageOf([attributeForm]);

/** Inside a model and in every `where`: attributes and properties, so that a score never depends on a score. */
export const scoringConditionSchema = languageOf([attributeForm, propertyForm]);

const temperature = z.enum(["cold", "warm", "hot"]);
const stage = z.enum(["lead", "mql", "opportunity", "customer", "lost"]);
const model = nameField.optional();
const points = z.number().optional();

/** The whole language. */
export const conditionSchema = languageOf([
  attributeForm,
  propertyForm,
  z.strictObject({ temperature: z.union([temperature, z.array(temperature).min(1)]), model }),
  z.strictObject({ reached: nameField, model }),
  z.strictObject({
    score: z
      .strictObject({ over: points, under: points, from: points, to: points })
      .refine((bounds) => Object.keys(bounds).length > 0, "needs one of over, under, from, to"),
    model,
  }),
  z.strictObject({
    did: eventTypeField,
    where: scoringConditionSchema.optional(),
    within: lengthField.optional(),
    at_least: z.int().min(1).max(1000).optional(),
  }),
  z.strictObject({ clicked: fieldName }),
  z.strictObject({ opened: fieldName }),
  z.strictObject({ replied: fieldName }),
  z.strictObject({ segment: nameField }),
  z.strictObject({ stage: z.union([stage, z.array(stage).min(1)]) }),
  z.strictObject({ owner: nameField }),
]);
