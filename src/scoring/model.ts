import { z } from "zod";
import {
  attributeConditionSchema,
  eventTypeField,
  hasOperator,
  NEEDS_OPERATOR,
  operatorFields,
  scoringConditionSchema,
} from "../conditions/condition.ts";
import { compileCondition } from "../conditions/evaluate.ts";
import type { Test } from "../conditions/evaluate.ts";
import { contentHash } from "../conditions/hash.ts";
import { compileOperators } from "../conditions/values.ts";
import type { ValueTest } from "../conditions/values.ts";
import { durationField, lengthField, milliseconds, nameField } from "../config/fields.ts";
import type { Duration } from "../instant.ts";

const title = z.string().min(1).max(200);
// Far beyond any use, and far from where sums of doubles stop being finite.
const points = z.number().min(-1e9).max(1e9);

const band = z.union([
  z.strictObject({ otherwise: z.literal(true), points }),
  z.strictObject({ ...operatorFields, points }).refine(hasOperator, NEEDS_OPERATOR),
]);

const halfLife = z.union([z.literal("none"), lengthField]);

/** `ever`, `message`, `day` or `property:<name>`. */
const oncePer = z
  .string()
  .regex(/^(ever|message|day|property:.{1,200})$/, "is ever, message, day or property:<name>")
  .meta({ examples: ["ever", "message", "day", "property:path"] });

const rule = z.strictObject({
  rule: title,
  on: eventTypeField,
  where: scoringConditionSchema.optional(),
  points,
  half_life: halfLife.optional(),
  cap: z.number().positive().max(1e9).optional(),
  once_per: oncePer.optional(),
});

/** A file of `config/scoring/`, as spec/scoring.md has it. */
export const modelSchema = z
  .strictObject({
    model: nameField,
    title: title.optional(),
    range: z.strictObject({ floor: points.optional(), ceiling: points.optional() }).optional(),
    thresholds: z.strictObject({ warm: points, hot: points, cooling: points.nonnegative().optional() }),
    marks: z.record(nameField, points).optional(),
    applies_to: attributeConditionSchema.optional(),
    fit: z
      .array(
        z.strictObject({
          criterion: title,
          attribute: z.string().min(1).max(200),
          bands: z.array(band).min(1),
        }),
      )
      .optional(),
    engagement: z
      .strictObject({ half_life: halfLife.optional(), rules: z.array(rule).optional() })
      .optional(),
    inactivity: z.array(z.strictObject({ after: durationField, points })).optional(),
  })
  .check(({ value, issues }) => {
    const wrong = (path: (string | number)[], message: string) =>
      issues.push({ code: "custom", input: value, path, message });
    if (value.thresholds.hot < value.thresholds.warm)
      wrong(["thresholds", "hot"], "hot must not be below warm");
    const { floor = DEFAULT_RANGE.floor, ceiling = DEFAULT_RANGE.ceiling } = value.range ?? {};
    if (ceiling < floor) wrong(["range"], `the ceiling, ${ceiling}, is below the floor, ${floor}`);
    for (const index of repeated(value.fit?.map((one) => one.criterion))) {
      wrong(
        ["fit", index, "criterion"],
        `"${value.fit![index]!.criterion}" is above already; each name goes once`,
      );
    }
    const rules = value.engagement?.rules;
    for (const index of repeated(rules?.map((one) => one.rule))) {
      wrong(
        ["engagement", "rules", index, "rule"],
        `"${rules![index]!.rule}" is above already; each name goes once`,
      );
    }
  });

export type ModelFile = z.infer<typeof modelSchema>;
type BandFile = z.infer<typeof band>;
type RuleFile = z.infer<typeof rule>;

const DEFAULT_RANGE = { floor: 0, ceiling: 100 };

/** A scoring model, ready to fold with. */
export interface Model {
  readonly name: string;
  readonly title: string;
  /** Names all that decides a score: everything but the title. */
  readonly hash: string;
  readonly range: { readonly floor: number; readonly ceiling: number };
  readonly thresholds: { readonly warm: number; readonly hot: number; readonly cooling: number };
  readonly marks: readonly { readonly name: string; readonly at: number }[];
  /** Asks attributes only; null: every lead. */
  readonly appliesTo: Test | null;
  readonly fit: readonly Criterion[];
  /** In file order. */
  readonly rules: readonly Rule[];
  readonly byEventType: ReadonlyMap<string, readonly Rule[]>;
  /** The finite half-lives that occur, each once. */
  readonly halfLives: readonly Duration[];
  /** By `after`, ascending. */
  readonly inactivity: readonly InactivityStep[];
}

export interface Criterion {
  readonly name: string;
  readonly attribute: string;
  /** The first one that holds gives its points. */
  readonly bands: readonly Band[];
}

export interface Band {
  readonly points: number;
  /** As a person would read it: `from 100 to 500`. */
  readonly label: string;
  /** null: otherwise. */
  readonly test: ValueTest | null;
}

export interface Rule {
  readonly name: string;
  /** Content hash: a changed rule has another one, and its value is folded anew. */
  readonly key: string;
  readonly on: string;
  readonly where: Test | null;
  readonly points: number;
  /** Infinity: the points never fade. */
  readonly halfLife: Duration;
  /** The place of `halfLife` among the model's; -1: never fades. */
  readonly fades: number;
  /** null: none. */
  readonly cap: number | null;
  readonly oncePer: OncePer | null;
}

export type OncePer =
  | { readonly by: "ever" | "message" | "day" }
  | { readonly by: "property"; readonly name: string };

export interface InactivityStep {
  /** `after` as the file has it. */
  readonly name: string;
  readonly after: Duration;
  readonly points: number;
}

/** Compiles a checked file. */
export function compileModel(file: ModelFile): Model {
  const { floor = DEFAULT_RANGE.floor, ceiling = DEFAULT_RANGE.ceiling } = file.range ?? {};
  const { warm, hot, cooling = 0 } = file.thresholds;
  const inherited = file.engagement?.half_life ?? "none";
  const ruleFiles = (file.engagement?.rules ?? []).map((one) => ({
    ...one,
    half_life: halfLifeOf(one, inherited),
  }));
  const halfLives = [...new Set(ruleFiles.map((one) => lengthOf(one.half_life)))].filter(Number.isFinite);
  const rules = ruleFiles.map((one) => compileRule(one, halfLives));
  const byEventType = new Map<string, Rule[]>();
  for (const one of rules) byEventType.set(one.on, [...(byEventType.get(one.on) ?? []), one]);
  return {
    name: file.model,
    title: file.title ?? file.model,
    hash: contentHash({ ...file, title: undefined }),
    range: { floor, ceiling },
    thresholds: { warm, hot, cooling },
    marks: Object.entries(file.marks ?? {}).map(([name, at]) => ({ name, at })),
    appliesTo: file.applies_to ? compileCondition(file.applies_to) : null,
    fit: (file.fit ?? []).map(({ criterion, attribute, bands }) => ({
      name: criterion,
      attribute,
      bands: bands.map(compileBand),
    })),
    rules,
    byEventType,
    halfLives,
    inactivity: (file.inactivity ?? [])
      .map(({ after, points }) => ({ name: after, after: milliseconds(after), points }))
      .sort((a, b) => a.after - b.after),
  };
}

/** What is taken away stays taken: negative points fade only where the rule itself says so. */
function halfLifeOf(one: RuleFile, inherited: string): string {
  return one.half_life ?? (one.points < 0 ? "none" : inherited);
}

function lengthOf(text: string): Duration {
  return text === "none" ? Infinity : milliseconds(text);
}

function compileRule(one: RuleFile & { half_life: string }, halfLives: readonly Duration[]): Rule {
  const halfLife = lengthOf(one.half_life);
  return {
    name: one.rule,
    key: contentHash(one),
    on: one.on,
    where: one.where ? compileCondition(one.where) : null,
    points: one.points,
    halfLife,
    fades: halfLives.indexOf(halfLife),
    cap: one.cap ?? null,
    oncePer: one.once_per === undefined ? null : compileOncePer(one.once_per),
  };
}

function compileOncePer(text: string): OncePer {
  if (text === "ever" || text === "message" || text === "day") return { by: text };
  return { by: "property", name: text.slice("property:".length) };
}

function compileBand(one: BandFile): Band {
  if ("otherwise" in one) return { points: one.points, label: "otherwise", test: null };
  const { points, ...operators } = one;
  const label = Object.entries(operators)
    .map(
      ([name, wanted]) => `${name.replace("_", " ")} ${Array.isArray(wanted) ? wanted.join(", ") : wanted}`,
    )
    .join(" ");
  return { points, label, test: compileOperators(operators) };
}

/** The indices of what is in the list before, too. */
function repeated(names: readonly string[] = []): number[] {
  return names.flatMap((name, index) => (names.indexOf(name) < index ? [index] : []));
}
