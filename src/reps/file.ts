import { z } from "zod";
import {
  attributeConditionSchema,
  DEFAULT_MODEL,
  eventTypeField,
  scoringConditionSchema,
} from "../conditions/condition.ts";
import { conditionReferences, markReferences, modelReference } from "../conditions/references.ts";
import { checkShape } from "../config/explain.ts";
import {
  addressField,
  daysField,
  durationField,
  environmentField,
  filledField,
  lengthField,
  milliseconds,
  nameField,
  textField,
  timeField,
} from "../config/fields.ts";
import { zoneField } from "../config/places.ts";
import { namedIn } from "../config/named.ts";
import type { Problem } from "../config/problems.ts";
import type { Reference } from "../config/references.ts";
import { twice } from "../config/settings-file.ts";
import { problemAt } from "../config/yaml.ts";
import type { Path, Source } from "../config/yaml.ts";
import { parseInstant } from "../instant.ts";
import type { NoticeRule, NoticeTrigger, Rep, Reps } from "./definition.ts";

const dayField = textField(
  (value) =>
    /^\d{4}-\d{2}-\d{2}$/.test(value) && parseInstant(value) !== undefined
      ? null
      : { message: `"${value}" is no day`, suggestion: "like 2026-12-20" },
  "a day is written like 2026-12-20",
);

const temperature = z.enum(["cold", "warm", "hot"]);
const temperatures = z.union([temperature, z.array(temperature).min(1)]);
const model = nameField.optional();

const onFile = z.union([
  z.strictObject({ temperature: temperatures, model }),
  z.strictObject({ cooled: z.strictObject({ from: temperatures }), model }),
  z.strictObject({ reached: nameField, model }),
  z.strictObject({ did: eventTypeField, where: scoringConditionSchema.optional() }),
]);

/** `config/reps.yaml` as it is written. */
export const repsFile = z.strictObject({
  reps: z
    .array(
      z.strictObject({
        rep: nameField,
        name: filledField,
        email: addressField,
        timezone: zoneField.optional(),
        takes: attributeConditionSchema.optional(),
        away: z.array(z.strictObject({ from: dayField, to: dayField })).optional(),
      }),
    )
    .optional(),
  routing: z
    .array(z.enum(["owner", "takes", "round_robin"]))
    .min(1)
    .optional(),
  notices: z
    .array(
      z.strictObject({
        on: onFile,
        cooldown: durationField.optional(),
        deal: z.literal("open").optional(),
        escalate: z
          .strictObject({ after: lengthField, window: nameField.optional(), to: nameField })
          .optional(),
      }),
    )
    .optional(),
  digest: z.strictObject({ at: timeField, days: daysField }).optional(),
  channels: z.strictObject({ chat: z.strictObject({ url_env: environmentField }).optional() }).optional(),
});

type RepsFile = z.infer<typeof repsFile>;
type RepFile = NonNullable<RepsFile["reps"]>[number];
type NoticeFile = NonNullable<RepsFile["notices"]>[number];

export interface RepsRead {
  /** null where the file has errors of its own. */
  readonly reps: Reps | null;
  readonly problems: readonly Problem[];
  readonly references: readonly Reference[];
}

/** What holds where there is no `reps.yaml`: nobody is told of anything. */
export const NO_REPS: Reps = {
  reps: [],
  routing: ["owner", "takes", "round_robin"],
  notices: [],
  digest: null,
  channels: { chat: null },
};

/** `reps.yaml` → Reps, what is wrong with it, and what it names. */
export function readReps(source: Source): RepsRead {
  const checked = checkShape(repsFile, source);
  if ("problems" in checked)
    return { reps: null, problems: checked.problems, references: namedIn(source.value) };
  const file = checked.value;
  const problems = crossCheck(file, source);
  const failed = problems.some((problem) => problem.severity === "error");
  return { reps: failed ? null : toReps(file), problems, references: references(file) };
}

function crossCheck(file: RepsFile, source: Source): Problem[] {
  const reps = file.reps ?? [];
  const problems = twice(reps, (item) => item.rep, source, ["reps"], "rep");
  for (const [index, { rep, away }] of reps.entries()) {
    if (rep === "owner" || rep === "next") {
      problems.push(
        problemAt(source, ["reps", index, "rep"], `"${rep}" has a meaning of its own and names no rep`),
      );
    }
    for (const [place, { from, to }] of (away ?? []).entries()) {
      if (from <= to) continue;
      problems.push(problemAt(source, ["reps", index, "away", place, "to"], `${to} is before ${from}`));
    }
  }
  if (reps.length === 0 && file.notices?.length) {
    problems.push(
      problemAt(source, ["notices"], "there is no rep to tell", { key: true, severity: "warning" }),
    );
  }
  return problems;
}

function toReps(file: RepsFile): Reps {
  const chat = file.channels?.chat;
  return {
    reps: (file.reps ?? []).map(toRep),
    routing: file.routing ?? NO_REPS.routing,
    notices: withKinds((file.notices ?? []).map(toRule)),
    digest: file.digest ?? null,
    channels: { chat: chat ? { urlEnv: chat.url_env } : null },
  };
}

function toRep(file: RepFile): Rep {
  const { rep, name, email } = file;
  return {
    rep,
    name,
    email,
    timezone: file.timezone ?? null,
    takes: file.takes ?? null,
    away: file.away ?? [],
  };
}

function toRule(file: NoticeFile): Omit<NoticeRule, "kind"> {
  const { escalate } = file;
  return {
    on: toTrigger(file.on),
    cooldown: file.cooldown === undefined ? null : milliseconds(file.cooldown),
    deal: file.deal ?? null,
    escalate: escalate
      ? { after: milliseconds(escalate.after), window: escalate.window ?? null, to: escalate.to }
      : null,
  };
}

function toTrigger(on: NoticeFile["on"]): NoticeTrigger {
  if ("did" in on) return { did: on.did, where: on.where ?? null };
  const model = on.model ?? DEFAULT_MODEL;
  if ("reached" in on) return { reached: on.reached, model };
  if ("cooled" in on) return { cooled: [on.cooled.from].flat(), model };
  return { temperature: [on.temperature].flat(), model };
}

/** Two rules for the same happening (with another `where`, say) have cooldowns of their own. */
function withKinds(rules: readonly Omit<NoticeRule, "kind">[]): NoticeRule[] {
  const counts = new Map<string, number>();
  return rules.map((rule) => {
    const plain = kindOf(rule.on);
    const count = (counts.get(plain) ?? 0) + 1;
    counts.set(plain, count);
    return { kind: count === 1 ? plain : `${plain}-${count}`, ...rule };
  });
}

function kindOf(on: NoticeTrigger): string {
  if ("did" in on) return on.did;
  const what = "temperature" in on ? on.temperature.join("-") : "cooled" in on ? "cooled" : on.reached;
  return on.model === DEFAULT_MODEL ? what : `${on.model}:${what}`;
}

function references(file: RepsFile): Reference[] {
  const found: Reference[] = (file.reps ?? []).flatMap(({ takes }, index) =>
    takes ? conditionReferences(takes, ["reps", index, "takes"]) : [],
  );
  for (const [index, { on, escalate }] of (file.notices ?? []).entries()) {
    const path = ["notices", index];
    found.push(...triggerReferences(on, [...path, "on"]));
    if (escalate?.window !== undefined) {
      found.push({ kind: "window", name: escalate.window, path: [...path, "escalate", "window"] });
    }
    if (escalate && escalate.to !== "next") {
      found.push({ kind: "rep", name: escalate.to, path: [...path, "escalate", "to"] });
    }
  }
  return found;
}

function triggerReferences(on: NoticeFile["on"], path: Path): Reference[] {
  if ("reached" in on) return markReferences(on.reached, on.model, path);
  if (!("did" in on)) return [modelReference(on.model, path)];
  const where = on.where ? conditionReferences(on.where, [...path, "where"]) : [];
  return [{ kind: "event", name: on.did, path: [...path, "did"] }, ...where];
}
