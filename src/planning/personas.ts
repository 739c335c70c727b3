import { DAY, HOUR, MINUTE, SECOND, type Duration, type Instant } from "../instant.ts";
import type { Programme } from "../programme/programme.ts";
import { inventPerson } from "./people.ts";
import { seeded, type Random } from "./random.ts";
import type { ScriptLead, ScriptLine } from "./script.ts";

/** The kinds of lead that every company knows. */
const PERSONAS = ["keen", "curious", "fading", "gone", "bot"] as const;
export type Persona = (typeof PERSONAS)[number];

interface Habits {
  /** How many of a hundred leads are like this. */
  readonly share: number;
  /** Of the mails it gets, how many it opens, and of those how many it clicks. */
  readonly opens: number;
  readonly clicks: number;
  /** Visits in the time that it is active. */
  readonly visits: readonly [least: number, most: number];
  /** For how long it is active. */
  readonly active: Duration;
}

const HABITS: Readonly<Record<Persona, Habits>> = {
  keen: { share: 18, opens: 0.9, clicks: 0.7, visits: [8, 18], active: 60 * DAY },
  curious: { share: 34, opens: 0.6, clicks: 0.3, visits: [2, 8], active: 100 * DAY },
  fading: { share: 20, opens: 0.7, clicks: 0.5, visits: [7, 13], active: 25 * DAY },
  gone: { share: 22, opens: 0.1, clicks: 0.02, visits: [0, 2], active: 30 * DAY },
  bot: { share: 6, opens: 1, clicks: 1, visits: [0, 0], active: 120 * DAY },
};

const PAGES = [
  "/",
  "/features",
  "/pricing",
  "/case-studies/alder-care",
  "/blog/rotas",
  "/customers",
  "/about",
];
const EAGER_PAGES = ["/pricing", "/pricing", "/case-studies/harbour-foods", "/features", "/integrations"];

/** A whole company's leads and what they do, as a script: the same for the same seed. */
export function inventScript(
  programme: Programme,
  options: { readonly count: number; readonly from: Instant; readonly until: Instant; readonly seed: number },
): {
  readonly leads: ScriptLead[];
  readonly lines: ScriptLine[];
  readonly personas: ReadonlyMap<string, Persona>;
} {
  const random = seeded(options.seed);
  const { attributes } = programme.settings;
  const known = new Set(["first_name", "last_name", "company", "job_title", "country", "locale"]);
  const allowed = (name: string) => known.has(name) || attributes === null || attributes.has(name);
  const templates = mailsOf(programme);
  const leads: ScriptLead[] = [];
  const lines: ScriptLine[] = [];
  const personas = new Map<string, Persona>();
  for (let n = 1; n <= options.count; n++) {
    const persona = pickPersona(random);
    const person = inventPerson(random, n, persona === "keen" || persona === "fading", allowed);
    const span = options.until - options.from;
    const at = options.from + Math.floor(random.next() * span * (persona === "fading" ? 0.25 : 0.98));
    leads.push({ ...person, at });
    personas.set(person.email, persona);
    lines.push(...liveAs(random, persona, person.email, at, options.until, templates));
  }
  leads.sort((a, b) => a.at - b.at);
  return { leads, lines, personas };
}

function pickPersona(random: Random): Persona {
  let place = random.next() * 100;
  for (const persona of PERSONAS) {
    place -= HABITS[persona].share;
    if (place < 0) return persona;
  }
  return "curious";
}

/** Every template that a sequence sends, and whether its sequence tries to win back. */
function mailsOf(programme: Programme): { template: string; winsBack: boolean }[] {
  const mails: { template: string; winsBack: boolean }[] = [];
  for (const sequence of programme.sequences.values()) {
    const winsBack = sequence.enter.some((entry) => "cooled" in entry.on);
    for (const step of Object.values(sequence.steps)) {
      if (step.kind === "send") mails.push({ template: step.template, winsBack });
      if (step.kind === "ab") for (const { template } of step.variants) mails.push({ template, winsBack });
    }
  }
  return mails;
}

function liveAs(
  random: Random,
  persona: Persona,
  email: string,
  at: Instant,
  until: Instant,
  mails: readonly { readonly template: string; readonly winsBack: boolean }[],
): ScriptLine[] {
  const habits = HABITS[persona];
  const lines: ScriptLine[] = [];
  const act = (when: Instant, type: string, properties: Record<string, unknown> = {}) => {
    if (when <= until) {
      lines.push({
        email,
        type,
        at: when,
        actor: "lead",
        verdict: "human",
        properties,
        message: null,
        link: null,
      });
    }
  };
  const visits = random.between(...habits.visits);
  for (let visit = 0; visit < visits; visit++) {
    const when = at + Math.floor(random.next() * habits.active);
    const path = random.pick(persona === "keen" || persona === "fading" ? EAGER_PAGES : PAGES);
    act(when, "page.viewed", { path, seconds: random.between(5, 240) });
  }
  if (random.chance(0.5) && persona !== "bot")
    act(at + random.between(1, 30) * MINUTE, "form.submitted", { form: "guide" });
  if (persona === "keen") {
    const middle = at + random.between(8, 40) * DAY;
    act(middle, "content.downloaded", { file: "rota-guide.pdf" });
    if (random.chance(0.6))
      act(middle + 3 * DAY, "webinar.attended", { title: "Four courses, one week", minutes: 42 });
    if (random.chance(0.7)) act(middle + random.between(4, 20) * DAY, "demo.requested");
    lines.push(...deal(random, email));
  }
  lines.push(...answers(random, email));
  if (persona === "fading") {
    act(at + random.between(2, 10) * DAY, "webinar.attended", {
      title: "Four courses, one week",
      minutes: 35,
    });
    act(at + random.between(3, 12) * DAY, "content.downloaded", { file: "checklist.pdf" });
  }
  const wonBack = persona === "fading" && random.chance(0.6);
  for (const { template, winsBack } of mails) {
    if (persona === "bot") lines.push(...scan(email, template));
    else
      lines.push(
        ...read(random, email, template, winsBack && wonBack ? { ...habits, opens: 1, clicks: 1 } : habits),
      );
  }
  if (wonBack) {
    const back = { on: "message.sent", where: { sequence: "re-engagement" } };
    lines.push(reaction(email, back, 5 * HOUR, "page.viewed", { path: "/pricing", seconds: 95 }));
    lines.push(reaction(email, back, 26 * HOUR, "demo.requested"));
  }
  if (persona === "gone" && random.chance(0.3)) {
    lines.push(
      reaction(email, { on: "message.sent", where: {} }, random.between(1, 40) * HOUR, "email.unsubscribed"),
    );
  }
  return lines;
}

/** What a rep answers to the first notice of either kind: mostly, and mostly "mine". */
function answers(random: Random, email: string): ScriptLine[] {
  return ["hot", "sequence"].flatMap((kind) => {
    const after = random.between(1, 30) * HOUR;
    const word = random.next();
    const answer =
      word < 0.6
        ? { answer: "mine" }
        : word < 0.72
          ? { answer: "later" }
          : word < 0.8
            ? { answer: "not_a_fit", reason: "too small for us" }
            : null;
    return answer
      ? [byRep(email, { on: "rep.notified", where: { kind } }, after, "notice.answered", answer)]
      : [];
  });
}

/** Some weeks after a deal was opened it is won or lost; some are open still. */
function deal(random: Random, email: string): ScriptLine[] {
  const opened = { on: "deal.opened", where: {} };
  const after = random.between(12, 35) * DAY;
  const outcome = random.next();
  if (outcome < 0.4)
    return [byRep(email, opened, after, "deal.won", { value: random.between(20, 120) * 100 })];
  if (outcome < 0.55) return [byRep(email, opened, after, "deal.lost", { reason: "no budget this year" })];
  return [];
}

function byRep(...waits: Parameters<typeof reaction>): ScriptLine {
  return { ...reaction(...waits), actor: "rep" };
}

/** A person reads a mail some hours after it came, or does not. */
function read(random: Random, email: string, template: string, habits: Habits): ScriptLine[] {
  if (!random.chance(habits.opens)) return [];
  const sent = { on: "message.sent", where: { template } };
  const after = random.between(10, 30 * 60) * MINUTE;
  const lines = [reaction(email, sent, after, "email.opened")];
  if (random.chance(habits.clicks)) {
    lines.push({
      ...reaction(email, sent, after + random.between(5, 90) * SECOND, "email.clicked"),
      link: 0,
    });
  }
  return lines;
}

/** A security gateway: fetches everything within a second or two of the mail's arrival, the hidden link too. */
function scan(email: string, template: string): ScriptLine[] {
  const sent = { on: "message.sent", where: { template } };
  const clicked = (link: number, after: Duration): ScriptLine => ({
    ...reaction(email, sent, after, "email.clicked"),
    link,
  });
  return [
    reaction(email, sent, 41 * SECOND, "email.opened"),
    clicked(0, 42 * SECOND),
    clicked(1, 43 * SECOND),
  ];
}

function reaction(
  email: string,
  waits: { readonly on: string; readonly where: Record<string, unknown> },
  after: Duration,
  type: string,
  properties: Record<string, unknown> = {},
): ScriptLine {
  return {
    email,
    ...waits,
    after,
    type,
    actor: "lead",
    verdict: "human",
    properties,
    message: null,
    link: null,
  };
}
