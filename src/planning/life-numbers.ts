import type { Life } from "./lives.run.ts";

/** What became of the leads of one kind. */
export interface LifeNumbers {
  readonly leads: number;
  /** How many ever turned so, by any model. */
  readonly warm: number;
  readonly hot: number;
  readonly mails: { readonly least: number; readonly middle: number; readonly most: number };
  readonly notices: number;
  readonly deals: number;
  /** How many stopped all mail. */
  readonly left: number;
  /** By sequence: how many entered, and how often each outcome came; the rest is in it still. */
  readonly sequences: readonly {
    readonly sequence: string;
    readonly entered: number;
    readonly outcomes: readonly (readonly [outcome: string, count: number])[];
    readonly open: number;
  }[];
}

/** Adds up the lives of one kind. */
export function numbersOf(lives: readonly Life[]): LifeNumbers {
  const mails = lives.map((life) => countOf(life, "mail")).sort((a, b) => a - b);
  const turned = (...to: readonly string[]) =>
    lives.filter(({ facts }) => facts.some(({ kind, name }) => kind === "crossing" && to.includes(name)))
      .length;
  const sum = (kind: string) => lives.reduce((total, life) => total + countOf(life, kind), 0);
  return {
    leads: lives.length,
    warm: turned("warm", "hot"),
    hot: turned("hot"),
    mails: {
      least: mails[0] ?? 0,
      middle: mails[Math.floor(mails.length / 2)] ?? 0,
      most: mails.at(-1) ?? 0,
    },
    notices: sum("notice"),
    deals: sum("deal"),
    left: lives.filter(({ acts }) => acts.some((act) => act["type"] === "email.unsubscribed")).length,
    sequences: sequencesOf(lives),
  };
}

function countOf({ facts }: Life, kind: string): number {
  return facts.filter((fact) => fact.kind === kind).length;
}

function sequencesOf(lives: readonly Life[]): LifeNumbers["sequences"] {
  const entered = new Map<string, number>();
  const outcomes = new Map<string, Map<string, number>>();
  for (const { facts } of lives) {
    for (const { kind, name, line } of facts) {
      if (kind === "entered") entered.set(name, (entered.get(name) ?? 0) + 1);
      if (kind !== "ended") continue;
      const of = outcomes.get(name) ?? new Map<string, number>();
      const outcome = String(line["outcome"]);
      outcomes.set(name, of.set(outcome, (of.get(outcome) ?? 0) + 1));
    }
  }
  return [...entered]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([sequence, count]) => {
      const ended = [...(outcomes.get(sequence) ?? [])].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      return {
        sequence,
        entered: count,
        outcomes: ended,
        open: count - ended.reduce((total, [, times]) => total + times, 0),
      };
    });
}
