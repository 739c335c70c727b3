import { zoneOf } from "../calendar/place.ts";
import { readLog } from "../events/log.store.ts";
import type { Instant } from "../instant.ts";
import { findLead } from "../leads/leads.store.ts";
import type { Happening } from "../lifecycle/changes.ts";
import { curve, type Sample } from "../scoring/explain.ts";
import type { Model } from "../scoring/model.ts";
import type { Files } from "../programme/sources.ts";
import { factOf, type Fact } from "./expect.ts";
import { PERSONAS, type Persona } from "./habits.ts";
import { inventScript } from "./personas.ts";
import type { ScriptLead } from "./script.ts";
import { simulate, type World } from "./simulate.run.ts";

/** What one lead lived through. */
export interface Life {
  readonly lead: ScriptLead;
  /** In which its calendar is written. */
  readonly zone: string;
  /** Mails, crossings, notices, sequences and the rest that can be expected, in order. */
  readonly facts: readonly Fact[];
  /** What it did itself, and what others did about it. */
  readonly acts: readonly Happening[];
}

/** What a kind of lead lives through: all of them in numbers, one of them in full. */
export interface KindOfLife {
  readonly persona: Persona;
  readonly lives: readonly Life[];
  /** The most ordinary of them. */
  readonly example: Life;
  /** The example's score by each model that scored it. */
  readonly curves: readonly { readonly model: Model; readonly line: readonly Sample[] }[];
}

export interface LivesOptions {
  readonly files: Files;
  readonly each: number;
  readonly from: Instant;
  readonly until: Instant;
  readonly seed: number;
}

const SAMPLES = 120;

/** Lives through what every kind of lead would on this configuration, so many of each; `write` gets every line. */
export async function livePersonas(
  world: World,
  { files, ...options }: LivesOptions,
  write: (line: Happening) => void,
  progress?: (now: Instant) => void,
): Promise<KindOfLife[]> {
  const programme = world.spine.programme();
  const { each, from, until } = options;
  const cast = inventScript({ programme, files }, { ...options, cast: { each } });
  const told = new Map<string, Happening[]>(cast.leads.map(({ email }) => [email, []]));
  await simulate(
    world,
    { leads: cast.leads, lines: cast.lines, from, until },
    (line) => {
      told.get(String(line["email"]))?.push(line);
      write(line);
    },
    progress,
  );
  const lives = Map.groupBy(
    cast.leads.map((lead) =>
      lifeOf(lead, told.get(lead.email)!, zoneOf(lead.attributes, programme.settings.company)),
    ),
    ({ lead }) => cast.personas.get(lead.email)!,
  );
  const kinds: KindOfLife[] = [];
  for (const persona of PERSONAS) {
    const all = lives.get(persona) ?? [];
    const example = middleOf(all);
    if (example) {
      kinds.push({ persona, lives: all, example, curves: await curvesOf(world, example, from, until) });
    }
  }
  return kinds;
}

function lifeOf(lead: ScriptLead, lines: readonly Happening[], zone: string): Life {
  return {
    lead,
    zone,
    facts: lines.flatMap((line) => factOf(line) ?? []),
    acts: lines.filter(({ what }) => what === "event"),
  };
}

const COUNTED = ["mail", "crossing", "notice"];

/** The one whose numbers of mails, crossings and notices are nearest to the middle ones of its kind. */
function middleOf(lives: readonly Life[]): Life | undefined {
  const counts = lives.map(({ facts }) =>
    COUNTED.map((kind) => facts.filter((fact) => fact.kind === kind).length),
  );
  const middles = COUNTED.map(
    (_, index) => counts.map((all) => all[index]!).sort((a, b) => a - b)[Math.floor(counts.length / 2)] ?? 0,
  );
  const distance = (all: readonly number[]) =>
    all.reduce((sum, count, index) => sum + Math.abs(count - middles[index]!) / (1 + middles[index]!), 0);
  const distances = counts.map(distance);
  return lives[distances.indexOf(Math.min(...distances))];
}

async function curvesOf(
  { spine }: World,
  { lead }: Life,
  from: Instant,
  until: Instant,
): Promise<KindOfLife["curves"]> {
  const found = await findLead(spine.db.kysely, lead.email);
  if (!found) return [];
  const events = (await readLog(spine.db.kysely, [found.id])).get(found.id) ?? [];
  return spine
    .programme()
    .models.map((model) => ({
      model,
      line: curve(model, { created: null, events }, from, until, SAMPLES),
    }))
    .filter(({ line }) => line.length > 0);
}
