import { counted, shownScore } from "../reps/words.ts";
import type { Duration, Instant } from "../instant.ts";
import { DAY } from "../instant.ts";
import type { Fact } from "./expect.ts";
import type { Persona } from "./habits.ts";
import { numbersOf, type LifeNumbers } from "./life-numbers.ts";
import type { KindOfLife, Life } from "./lives.run.ts";
import { writeMoment } from "./moment.ts";
import { sparkline } from "./sparkline.ts";

/** What each kind is like, in a line. */
export const ABOUT: Readonly<Record<Persona, string>> = {
  keen: "fits well, comes often, opens nearly all and asks in the end",
  curious: "looks around now and then, and reads some",
  fading: "starts eagerly, and is lost after some weeks",
  gone: "fits badly and hardly ever looks",
  bot: "a security gateway: opens and clicks everything within seconds, and nobody is there",
};

/** Columns of the score's line. */
const WIDTH = 60;

/** All kinds as text for a terminal. */
export function describeLives(kinds: readonly KindOfLife[], from: Instant, until: Instant): string[] {
  return kinds.flatMap((kind) => [
    `${kind.persona.toUpperCase()}: ${ABOUT[kind.persona]}`,
    ...summaryOf(numbersOf(kind.lives)).map((line) => `  ${line}`),
    "",
    `  One of them, ${nameOf(kind.example)} (${kind.example.zone}):`,
    ...kind.curves.flatMap(({ model, line }) => {
      const { floor, ceiling } = model.range;
      const high = Math.min(ceiling, Math.max(model.thresholds.hot, ...line.map(({ total }) => total)));
      const drawn = sparkline(line, { from, until, low: floor, high, width: WIDTH });
      const top = Math.max(...line.map(({ total }) => total));
      const last = line.at(-1)!.total;
      return [`    ${model.name}  ${drawn}  highest ${shownScore(top)}, in the end ${shownScore(last)}`];
    }),
    ...calendarOf(kind.example, from).map((line) => `    ${line}`),
    "",
  ]);
}

/** `20 leads: 18 turn warm, 15 hot; 4 to 8 mails each` and where they leave. */
function summaryOf(numbers: LifeNumbers): string[] {
  const { leads, warm, hot, mails, notices, deals, left } = numbers;
  const each =
    mails.least === mails.most ? counted(mails.most, "mail") : `${mails.least} to ${mails.most} mails`;
  const more = [
    ...(notices > 0 ? [counted(notices, "notice")] : []),
    ...(deals > 0 ? [counted(deals, "deal")] : []),
    ...(left > 0 ? [`${left} unsubscribe`] : []),
  ];
  return [
    `${counted(leads, "lead")}: ${warm} turn warm, ${hot} hot; ${each} each${more.length > 0 ? `; ${more.join(", ")}` : ""}`,
    ...numbers.sequences.map(
      (sequence) => `${sequence.sequence}: ${sequence.entered} enter, ${outcomesOf(sequence)}`,
    ),
  ];
}

/** `12 goal, 6 finished, 2 holdout`. */
function outcomesOf({ outcomes, open }: LifeNumbers["sequences"][number]): string {
  const all = [
    ...outcomes.map(([outcome, count]) => `${count} ${outcome}`),
    ...(open > 0 ? [`${open} in it still`] : []),
  ];
  return all.join(", ");
}

export function nameOf({ lead }: Life): string {
  const { first_name, last_name, company } = lead.attributes;
  const words = (...all: readonly unknown[]) => all.filter((one) => typeof one === "string").join(" ");
  const name = words(first_name, last_name);
  return name === "" ? lead.email : [name, words(company)].filter((part) => part !== "").join(", ");
}

/** Day by day in the lead's own time; days on which nothing happens are left out. */
function calendarOf({ facts, zone, lead }: Life, from: Instant): string[] {
  if (facts.length === 0) return ["nothing happens"];
  let day = "";
  return [
    { at: lead.at, text: "comes in" },
    ...facts.filter(isShown).map((fact) => ({ at: fact.at, text: factWords(fact) })),
  ].map(({ at, text }) => {
    const moment = writeMoment(at, zone);
    const today = moment.slice(0, 10);
    const shown = today === day ? "".padEnd(20) : `day ${dayOf(at - from).padStart(3)}  ${today} `;
    day = today;
    return `${shown.padEnd(20)} ${moment.slice(11, 16)}  ${text}`;
  });
}

function dayOf(since: Duration): string {
  return String(Math.floor(since / DAY) + 1);
}

/** Entering and deferrals are how, not what: the calendar has what the lead and the reps notice. */
export function isShown({ kind, line }: Fact): boolean {
  return kind !== "entered" && kind !== "deferred" && line["outcome"] !== "moved";
}

/** `mail     warm/alder-care  “Nora, how …”`. */
function factWords(fact: Fact): string {
  const [kind, what] = factParts(fact);
  return `${kind.padEnd(8)} ${what}`;
}

/** What happened, in one word for its kind and some for the rest. */
export function factParts({ kind, name, line }: Fact): readonly [kind: string, what: string] {
  const said = (key: string) => String(line[key]);
  const model = line["model"] === undefined || line["model"] === "default" ? "" : ` (${said("model")})`;
  const cause = line["cause"] === "time" ? ", as time passes" : "";
  switch (kind) {
    case "mail":
      return ["mail", `${name}  “${said("subject")}”`];
    case "crossing":
      return ["turns", `${name}${model}${cause}`];
    case "mark":
      return ["mark", `${name} ${said("to")}${model}${cause}`];
    case "notice":
      return ["notice", `${said("rep")} is told: ${name}`];
    case "ended":
      return ["leaves", `${name}: ${said("outcome")}`];
    case "deal":
      return ["deal", "opened"];
    case "dropped":
      return ["dropped", `${name}: ${said("reason")}`];
    case "entered":
      return ["enters", name];
    case "deferred":
      return ["waits", `${name}: ${said("reason")}`];
    default:
      throw new Error(`unknown kind: ${JSON.stringify(kind satisfies never)}`);
  }
}
