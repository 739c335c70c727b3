import { DAY, HOUR, MINUTE, SECOND, type Duration, type Instant } from "../instant.ts";
import type { Programme } from "../programme/programme.ts";
import type { Habits, Persona } from "./habits.ts";
import type { Random } from "./random.ts";
import { propertiesOf, type Repertoire } from "./repertoire.ts";
import type { Reaction, ScriptLine } from "./script.ts";

/** What a persona lives in. */
export interface Surroundings {
  readonly repertoire: Repertoire;
  readonly programme: Programme;
  readonly until: Instant;
}

/** Pages that no model is likely to give points for. */
const PAGES = ["/", "/features", "/blog/rotas", "/customers", "/about"];

/** What one lead does from its arrival on, and how it answers what it is sent. */
export function liveAs(
  random: Random,
  persona: Persona,
  habits: Habits,
  email: string,
  at: Instant,
  around: Surroundings,
): ScriptLine[] {
  const { repertoire, programme, until } = around;
  const lines: ScriptLine[] = [];
  const act = (when: Instant, type: string, properties: Record<string, unknown> = {}) => {
    if (when <= until) lines.push({ ...plain(email, type, properties), at: when });
  };
  const does = (when: Instant, deeds: Repertoire["light"]) => {
    if (deeds.length === 0) return;
    const deed = random.pick(deeds);
    act(when, deed.type, propertiesOf(deed, random));
  };
  if (persona === "bot") return [...lines, ...mailsOf(programme).flatMap((mail) => scan(email, mail))];
  const visits = random.between(...habits.visits);
  const pages = repertoire.light.filter(({ type }) => type === "page.viewed");
  const looks = pages.length > 0 ? pages : repertoire.light;
  for (let visit = 0; visit < visits; visit++) {
    const when = at + Math.floor(random.next() * habits.active);
    if (random.chance(habits.interest)) does(when, random.chance(0.85) ? looks : repertoire.light);
    else act(when, "page.viewed", { path: random.pick(PAGES), seconds: random.between(5, 240) });
  }
  if (random.chance(0.5)) does(at + random.between(1, 30) * MINUTE, repertoire.entering);
  if (persona === "keen") {
    const middle = at + random.between(8, 40) * DAY;
    does(middle, repertoire.light);
    if (random.chance(0.6)) does(middle + 3 * DAY, repertoire.firm);
    if (random.chance(0.7)) does(middle + random.between(4, 20) * DAY, repertoire.strong);
    lines.push(...deal(random, email));
  }
  if (persona === "fading") {
    does(at + random.between(2, 10) * DAY, repertoire.firm);
    does(at + random.between(3, 12) * DAY, repertoire.light);
  }
  lines.push(...answers(random, email, programme));
  const wonBack = persona === "fading" && random.chance(0.6);
  for (const mail of mailsOf(programme)) {
    const eager = mail.winsBack !== null && wonBack;
    lines.push(...read(random, email, mail, eager ? { ...habits, opens: 1, clicks: 1 } : habits));
  }
  const back = mailsOf(programme).find(({ winsBack }) => winsBack !== null);
  if (wonBack && back) {
    const waits = { on: "message.sent", where: { sequence: back.winsBack } };
    lines.push(...later(random, email, waits, 5 * HOUR, repertoire.light));
    lines.push(...later(random, email, waits, 26 * HOUR, repertoire.strong));
  }
  if (persona === "gone" && random.chance(0.3)) {
    const waits = { on: "message.sent", where: {} };
    lines.push(reaction(email, waits, random.between(1, 40) * HOUR, "email.unsubscribed"));
  }
  return lines;
}

interface Mail {
  readonly template: string;
  /** The fewest that any language of it has. */
  readonly links: number;
  /** The sequence that sends it, where that tries to win back. */
  readonly winsBack: string | null;
}

/** Every template that a sequence sends. */
function mailsOf({ sequences, templates }: Programme): Mail[] {
  const mails: Mail[] = [];
  for (const { name, enter, steps } of sequences.values()) {
    const winsBack = enter.some((entry) => "cooled" in entry.on) ? name : null;
    for (const step of Object.values(steps)) {
      const sent =
        step.kind === "send"
          ? [step.template]
          : step.kind === "ab"
            ? step.variants.map((one) => one.template)
            : [];
      for (const template of sent) {
        const links = Math.min(
          ...[...templates.get(template)!.values()].map((locale) => locale.links.length),
        );
        mails.push({ template, links, winsBack });
      }
    }
  }
  return mails;
}

/** A person reads a mail some hours after it came, or does not. */
function read(random: Random, email: string, { template, links }: Mail, habits: Habits): ScriptLine[] {
  if (!random.chance(habits.opens)) return [];
  const sent = { on: "message.sent", where: { template } };
  const after = random.between(10, 30 * 60) * MINUTE;
  const lines = [reaction(email, sent, after, "email.opened")];
  if (random.chance(habits.clicks) && links > 0) {
    // What a mail is about comes first in it.
    const link = random.chance(0.8) ? 0 : random.between(0, links - 1);
    lines.push({ ...reaction(email, sent, after + random.between(5, 90) * SECOND, "email.clicked"), link });
  }
  if (random.chance(habits.replies)) lines.push(reaction(email, sent, after + HOUR, "email.replied"));
  return lines;
}

/** A security gateway: fetches everything within a second or two of the mail's arrival, the hidden link too. */
function scan(email: string, { template, links }: Mail): ScriptLine[] {
  const sent = { on: "message.sent", where: { template } };
  const clicked = (link: number): ScriptLine => ({
    ...reaction(email, sent, 2 * SECOND + link * (SECOND / 4), "email.clicked"),
    link,
  });
  return [
    reaction(email, sent, 2 * SECOND, "email.opened"),
    ...Array.from({ length: links + 1 }, (_, link) => clicked(link)),
  ];
}

/** What a rep answers to the first notice of each kind: mostly, and mostly "mine". */
function answers(random: Random, email: string, { reps }: Programme): ScriptLine[] {
  return [...reps.notices.map(({ kind }) => kind), "sequence"].flatMap((kind) => {
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
    const waits = { on: "rep.notified", where: { kind } };
    return answer ? [byRep(email, waits, after, "notice.answered", answer)] : [];
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

type Waits = Pick<Reaction, "on" | "where">;

function later(
  random: Random,
  email: string,
  waits: Waits,
  after: Duration,
  deeds: Repertoire["light"],
): ScriptLine[] {
  if (deeds.length === 0) return [];
  const deed = random.pick(deeds);
  return [reaction(email, waits, after, deed.type, propertiesOf(deed, random))];
}

function byRep(...how: Parameters<typeof reaction>): ScriptLine {
  return { ...reaction(...how), actor: "rep" };
}

function reaction(
  email: string,
  waits: Waits,
  after: Duration,
  type: string,
  properties: Record<string, unknown> = {},
): Reaction {
  return { ...plain(email, type, properties), ...waits, after };
}

function plain(email: string, type: string, properties: Record<string, unknown>) {
  return {
    email,
    type,
    actor: "lead" as const,
    verdict: "human" as const,
    properties,
    message: null,
    link: null,
  };
}
