import type { Model, Rule } from "../scoring/model.ts";

/** What a model can give, before anything fades: how marketers find their thresholds. */
export interface ModelSums {
  readonly fit: readonly { readonly name: string; readonly best: number; readonly worst: number }[];
  readonly wanted: readonly ActSum[];
  readonly unwanted: readonly ActSum[];
  /** Sums of a few leads that one would like to have, and of one that one would not. */
  readonly scenarios: readonly {
    readonly name: string;
    readonly points: number;
    readonly temperature: string;
  }[];
  /** Someone who does all that is wanted, as often as it counts; null: there is no end to it. */
  readonly most: number | null;
}

interface ActSum {
  readonly name: string;
  readonly once: number;
  /** null: no cap. */
  readonly most: number | null;
}

/** Adds up a model's points: each criterion's best and worst band, each rule once and at its cap. */
export function modelSums(model: Model): ModelSums {
  const fit = model.fit.map(({ name, bands }) => {
    const points = bands.map((band) => band.points);
    // An attribute that no band matches gives nothing.
    if (!bands.some((band) => band.test === null)) points.push(0);
    return { name, best: Math.max(...points), worst: Math.min(...points) };
  });
  const wanted = model.rules.filter((rule) => rule.points > 0).map(actSum);
  const unwanted = model.rules.filter((rule) => rule.points < 0).map(actSum);
  const bestFit = sum(fit.map(({ best }) => best));
  const all = sum(wanted.map(({ once }) => once));
  const scenario = (name: string, points: number) => ({
    name,
    points,
    temperature: temperatureAt(model, points),
  });
  return {
    fit,
    wanted,
    unwanted,
    scenarios: [
      scenario("the best fit, and nothing done", bestFit),
      scenario("everything wanted done once, and nothing known", all),
      scenario("the best fit, and everything wanted done once", bestFit + all),
      ...wanted.map(({ name, once }) => scenario(`the best fit, and once: ${name}`, bestFit + once)),
      scenario("the worst fit, and nothing done", sum(fit.map(({ worst }) => worst))),
    ],
    most: wanted.some(({ most }) => most === null) ? null : bestFit + sum(wanted.map(({ most }) => most!)),
  };
}

function actSum(rule: Rule): ActSum {
  const once =
    rule.cap === null ? rule.points : Math.sign(rule.points) * Math.min(Math.abs(rule.points), rule.cap);
  if (rule.oncePer?.by === "ever") return { name: rule.name, once, most: once };
  return { name: rule.name, once, most: rule.cap === null ? null : Math.sign(rule.points) * rule.cap };
}

function temperatureAt({ range, thresholds }: Model, points: number): string {
  const total = Math.min(range.ceiling, Math.max(range.floor, points));
  return total >= thresholds.hot ? "hot" : total >= thresholds.warm ? "warm" : "cold";
}

function sum(points: readonly number[]): number {
  return points.reduce((total, one) => total + one, 0);
}

/** The sums as lines of text. */
export function describeSums(model: Model, sums: ModelSums): string {
  const { range, thresholds } = model;
  const lines = [
    `${model.name}: ${model.title}`,
    `  from ${range.floor} to ${range.ceiling}, warm from ${thresholds.warm}, hot from ${thresholds.hot}`,
  ];
  const table = (
    heading: string,
    rows: readonly (readonly [string, string, string])[],
    columns: string[],
  ) => {
    if (rows.length === 0) return;
    lines.push(
      "",
      row(heading, columns[0]!, columns[1]!),
      ...rows.map((cells) => row(`  ${cells[0]}`, cells[1], cells[2])),
    );
  };
  const acts = (list: readonly ActSum[]) =>
    list.map(
      ({ name, once, most }) => [name, String(once), most === null ? "no limit" : String(most)] as const,
    );
  table(
    "who they are",
    sums.fit.map(({ name, best, worst }) => [name, String(best), String(worst)] as const),
    ["best", "worst"],
  );
  table("what they do", acts(sums.wanted), ["once", "at most"]);
  table("what speaks against them", acts(sums.unwanted), ["once", "at most"]);
  table(
    "sums, before anything fades",
    sums.scenarios.map(({ name, points, temperature }) => [name, String(points), temperature] as const),
    ["points", ""],
  );
  const most = sums.most === null ? "no limit: some rules have no cap" : String(sums.most);
  const held =
    sums.most === null || sums.most > range.ceiling ? ` (held at the ceiling, ${range.ceiling})` : "";
  lines.push("", `maximum: ${most}${held}`);
  return lines.join("\n");
}

const NAME_WIDTH = 56;

function row(name: string, first: string, second: string): string {
  return `${name.padEnd(NAME_WIDTH)} ${first.padStart(6)} ${second.padStart(9)}`.trimEnd();
}
