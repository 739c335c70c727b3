import type { Condition } from "../conditions/condition.ts";
import { eachPlacedForm } from "../conditions/references.ts";
import { defaultActor } from "../events/catalogue.ts";
import type { Programme } from "../programme/programme.ts";
import { readSources, type Files } from "../programme/sources.ts";
import type { ModelFile } from "../scoring/model.ts";
import type { Random } from "./random.ts";
import { valueFor, witness, type Values } from "./witness.ts";

/** Something that a lead can do and the configuration answers to. */
interface Deed {
  readonly type: string;
  readonly where: Condition | null;
}

/** What a configuration lets its leads do and be: the personas live by it, whatever the company sells. */
export interface Repertoire {
  /** Worth a few points: looking around. */
  readonly light: readonly Deed[];
  /** Worth a good part of the way to hot: giving time. */
  readonly firm: readonly Deed[];
  /** Nearly or wholly hot by itself, or the goal of a sequence: raising a hand. */
  readonly strong: readonly Deed[];
  /** What enters a sequence by itself. */
  readonly entering: readonly Deed[];
  readonly models: readonly ModelFile[];
}

/** Shares of the way to hot from which a deed is firm, or strong. */
const FIRM = 0.25;
const STRONG = 0.55;

export function repertoireOf(programme: Programme, files: Files): Repertoire {
  const models = readSources(files).models.map(({ value }) => value as ModelFile);
  const light: Deed[] = [];
  const firm: Deed[] = [];
  const strong: Deed[] = [];
  for (const { thresholds, engagement } of models) {
    for (const { on, where, points } of engagement?.rules ?? []) {
      if (points <= 0 || !isVisitors(on)) continue;
      const share = thresholds.hot > 0 ? points / thresholds.hot : STRONG;
      (share < FIRM ? light : share < STRONG ? firm : strong).push({ type: on, where: where ?? null });
    }
  }
  const known = (deeds: readonly Deed[]) => new Set(deeds.map(({ type }) => type));
  const scored = known([...light, ...firm, ...strong]);
  light.push(...didsOf(programme.segments.map(({ when }) => when)).filter(({ type }) => !scored.has(type)));
  const goals = [...programme.sequences.values()].flatMap(({ goal }) => (goal ? [goal] : []));
  const minor = known([...light, ...strong]);
  strong.push(...didsOf(goals).filter(({ type }) => !minor.has(type)));
  return { light, firm, strong, entering: enteringOf(programme), models };
}

function enteringOf({ sequences }: Programme): Deed[] {
  return [...sequences.values()].flatMap(({ enter }) =>
    enter.flatMap(({ on }) =>
      "event" in on && isVisitors(on.event) ? [{ type: on.event, where: on.where }] : [],
    ),
  );
}

/** What these conditions count, each kind once. */
function didsOf(conditions: readonly Condition[]): Deed[] {
  const deeds = new Map<string, Deed>();
  for (const condition of conditions) {
    eachPlacedForm(condition, [], (form) => {
      if ("did" in form && isVisitors(form.did))
        deeds.set(form.did, { type: form.did, where: form.where ?? null });
    });
  }
  return [...deeds.values()];
}

/** What a lead does by itself: answers to mails are read off the mails, and calls are made by others. */
function isVisitors(type: string): boolean {
  return defaultActor(type) === "lead" && !/^(email|consent|call|support)\./.test(type);
}

/** What a deed says beside its type, so that it reads well in a log. */
const DETAILS: Readonly<Record<string, Values>> = {
  "page.viewed": { path: "/" },
  "form.submitted": { form: "guide" },
  "content.downloaded": { file: "rota-guide.pdf" },
  "webinar.registered": { title: "Four courses, one week" },
  "webinar.attended": { title: "Four courses, one week", minutes: 42 },
};

/** The properties with which a deed counts. */
export function propertiesOf({ type, where }: Deed, random: Random): Values {
  const details = DETAILS[type] ?? {};
  return (where && witness(where, "property", random, details)) ?? { ...details };
}

/** Attributes that fit the models well, badly or as it comes; null for one that had better be missing. */
export function fitOf({ models }: Repertoire, how: "well" | "badly" | "any", random: Random): Values {
  const values: Values = {};
  for (const { fit = [] } of models) {
    for (const { attribute, bands } of fit) {
      // Whoever is in no band gets no points.
      const sorted = [...bands, { otherwise: true as const, points: 0 }].sort((a, b) => b.points - a.points);
      const band =
        how === "any" ? random.pick(sorted) : how === "well" ? sorted[0]! : sorted[sorted.length - 1]!;
      if (attribute in values) continue;
      if ("otherwise" in band) {
        values[attribute] = null;
        continue;
      }
      const { points: _points, ...operators } = band;
      const value = valueFor(operators, random);
      if (value !== undefined) values[attribute] = value;
    }
  }
  return values;
}

/** Attributes with which a model is for a lead. */
export function appliesTo(model: ModelFile | undefined, random: Random): Values {
  return (model?.applies_to && witness(model.applies_to, "attribute", random)) ?? {};
}
