import type { Scalar } from "../conditions/condition.ts";
import { DAY, HOUR, MINUTE, type Instant } from "../instant.ts";
import type { Programme } from "../programme/programme.ts";
import type { Files } from "../programme/sources.ts";
import { HABITS, PERSONAS, type Habits, type Persona } from "./habits.ts";
import { liveAs, type Surroundings } from "./persona-life.ts";
import { inventPerson } from "./people.ts";
import { seeded, type Random } from "./random.ts";
import { appliesTo, fitOf, repertoireOf } from "./repertoire.ts";
import type { ScriptLead, ScriptLine } from "./script.ts";
import type { Values } from "./witness.ts";

/** Attributes that have a meaning of their own, declared or not. */
const KNOWN = new Set(["first_name", "last_name", "company", "job_title", "country", "locale", "timezone"]);

interface Cast {
  readonly leads: readonly ScriptLead[];
  readonly lines: readonly ScriptLine[];
  readonly personas: ReadonlyMap<string, Persona>;
}

/**
 * Leads and what they do, as a script: the same for the same seed. They do what this configuration scores and starts
 * sequences on, and answer its mails. `cast`: how many, as a company has them, coming in over the whole time; or so many
 * of each kind, coming in during the first week.
 */
export function inventScript(
  { programme, files }: { readonly programme: Programme; readonly files: Files },
  options: {
    readonly cast: { readonly leads: number } | { readonly each: number };
    readonly from: Instant;
    readonly until: Instant;
    readonly seed: number;
  },
): Cast {
  const random = seeded(options.seed);
  const { cast, from, until } = options;
  const around: Surroundings = { repertoire: repertoireOf(programme, files), programme, until };
  const leads: ScriptLead[] = [];
  const lines: ScriptLine[] = [];
  const personas = new Map<string, Persona>();
  const many = "leads" in cast ? cast.leads : cast.each * PERSONAS.length;
  for (let n = 1; n <= many; n++) {
    const persona = "leads" in cast ? pickPersona(random) : PERSONAS[Math.floor((n - 1) / cast.each)]!;
    const habits = HABITS[persona];
    const person = inventPerson(random, n, habits.fit === "well");
    const attributes = { ...person.attributes, ...fitFor(random, n, habits, around) };
    const arrives =
      "leads" in cast
        ? from + Math.floor(random.next() * (until - from) * (persona === "fading" ? 0.25 : 0.98))
        : Math.min(until, from + random.between(0, 6) * DAY + 7 * HOUR + random.between(0, 600) * MINUTE);
    const consents = programme.settings.consent.required && (persona !== "gone" || random.chance(0.5));
    leads.push({ email: person.email, at: arrives, attributes: allowed(attributes, programme), consents });
    personas.set(person.email, persona);
    lines.push(...liveAs(random, persona, habits, person.email, arrives, around));
  }
  leads.sort((a, b) => a.at - b.at);
  return { leads, lines, personas };
}

/** The models in turn, so that each has leads that it is for. Nobody is a perfect fit in everything but by chance. */
function fitFor(random: Random, n: number, habits: Habits, { repertoire }: Surroundings): Values {
  const best = fitOf(repertoire, habits.fit, random);
  const some = fitOf(repertoire, "any", random);
  const mixed = Object.entries(best).map(([name, value]) => [
    name,
    random.chance(0.7) ? value : (some[name] ?? value),
  ]);
  const model = repertoire.models[n % Math.max(1, repertoire.models.length)];
  return { ...(Object.fromEntries(mixed) as Values), ...appliesTo(model, random) };
}

function allowed(attributes: Values, { settings }: Programme): Values {
  const declared = settings.attributes;
  const fits = (name: string, value: Scalar) => {
    if (value === null) return false;
    if (declared === null) return true;
    const type = declared.get(name);
    if (type === undefined) return KNOWN.has(name);
    return !Array.isArray(type) || type.includes(String(value));
  };
  return Object.fromEntries(Object.entries(attributes).filter(([name, value]) => fits(name, value)));
}

function pickPersona(random: Random): Persona {
  let place = random.next() * 100;
  for (const persona of PERSONAS) {
    place -= HABITS[persona].share;
    if (place < 0) return persona;
  }
  return "curious";
}
