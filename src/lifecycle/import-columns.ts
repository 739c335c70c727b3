import { nearest, suggest } from "../config/nearest.ts";
import { InputError, plainProblem } from "../config/problems.ts";

/** What the columns of one kind of file may mean. */
export interface Targets<Draft> {
  /** Those with a meaning of their own: `email`, `stage`, `type`, … */
  readonly own: readonly string[];
  /** The rest: attributes of leads; none for events. */
  readonly attributes: readonly string[];
  /** What headers are called elsewhere, as `foldHeader` writes them, and what they mean here. */
  readonly synonyms: Readonly<Record<string, string>>;
  /** A target that the lists do not have (`properties.path`), or why there is none. null: it is fine. */
  refuse(target: string): string | null;
  begin(line: number): Draft;
  /** Puts a value where it belongs. Throws RowError. */
  take(draft: Draft, target: string, value: unknown): void;
  /** What is missing once all values are in. Throws RowError. */
  finish(draft: Draft): void;
}

export interface PlannedColumn {
  readonly column: string;
  /** null: ignored. */
  readonly to: string | null;
}

const IGNORE = "ignore";

/** `Lead Number=ignore,Country=country`, one or several of them → column → target. Throws InputError. */
export function parseMap(options: readonly string[]): Map<string, string> {
  const map = new Map<string, string>();
  const wrong: string[] = [];
  for (const option of options) {
    // A column's name may have commas and `=` in it; a target has neither.
    let column = "";
    for (const piece of option.split(",")) {
      column += column === "" ? piece : `,${piece}`;
      const at = column.lastIndexOf("=");
      if (at === -1) continue;
      map.set(column.slice(0, at).trim(), column.slice(at + 1).trim());
      column = "";
    }
    if (column.trim() !== "") wrong.push(`--map: "${column.trim()}" must be COLUMN=NAME or COLUMN=ignore`);
  }
  if (wrong.length > 0) throw new InputError(wrong.map(plainProblem));
  return map;
}

/** Which column means what: what `--map` says, then what the header looks like. Grows as columns turn up. */
export class Plan {
  readonly columns: PlannedColumn[] = [];
  private readonly map: ReadonlyMap<string, string>;
  private readonly targets: Pick<Targets<never>, "own" | "attributes" | "synonyms" | "refuse">;

  constructor(map: ReadonlyMap<string, string>, targets: Plan["targets"]) {
    this.map = map;
    this.targets = targets;
    const wrong: string[] = [];
    const taken = new Map<string, string>();
    for (const [column, target] of map) {
      if (target === IGNORE) continue;
      const refused = this.refuse(target);
      if (refused !== null) wrong.push(`--map: "${column}=${target}": ${refused}`);
      const other = taken.get(target);
      if (other !== undefined) wrong.push(`--map: both "${other}" and "${column}" are ${target}`);
      taken.set(target, column);
    }
    if (wrong.length > 0) throw new InputError(wrong.map(plainProblem));
  }

  has(target: string): boolean {
    return this.columns.some(({ to }) => to === target);
  }

  /** Takes in the columns that are new; exact names before likenesses, the first of several. */
  extend(columns: readonly string[]): void {
    const fresh = columns.slice(this.columns.length);
    if (fresh.length === 0) return;
    const found = fresh.map((column) => this.map.get(column) ?? this.map.get(column.trim()));
    const taken = new Set([...this.map.values(), ...this.columns.map(({ to }) => to)]);
    for (const guess of [exactly, bySynonym, byWords]) {
      fresh.forEach((column, index) => {
        if (found[index] !== undefined) return;
        const target = guess(column, this.targets);
        if (target === null || taken.has(target)) return;
        found[index] = target;
        taken.add(target);
      });
    }
    fresh.forEach((column, index) => {
      const to = found[index] ?? IGNORE;
      this.columns.push({ column, to: to === IGNORE ? null : to });
    });
  }

  /** Throws InputError for what `--map` names and the file lacks. */
  refuseUnknown(): void {
    const names = this.columns.map(({ column }) => column);
    const wrong = [...this.map.keys()].filter((column) => !names.includes(column));
    if (wrong.length === 0) return;
    throw new InputError(
      wrong.map((column) => ({
        ...plainProblem(`--map: the file has no column "${column}"`),
        suggestion: suggest(column, names),
      })),
    );
  }

  private refuse(target: string): string | null {
    const { own, attributes, refuse } = this.targets;
    return own.includes(target) || attributes.includes(target) ? null : refuse(target);
  }
}

type Guess = (column: string, targets: Plan["targets"]) => string | null;

type Known = ConstructorParameters<typeof Plan>[1];

function exactly(column: string, { own, attributes, refuse }: Known): string | null {
  const inside = insideAttributes(column);
  if (inside !== null) {
    const found = attributes.find((name) => name === inside || foldHeader(name) === foldHeader(inside));
    return found ?? (refuse(inside) === null ? inside : null);
  }
  const folded = foldHeader(column);
  const same = (name: string) => name === column || foldHeader(name) === folded;
  return own.find(same) ?? attributes.find(same) ?? propertyOf(column, refuse);
}

const bySynonym: Guess = (column, { synonyms }) => {
  if (insideAttributes(column) !== null) return null;
  const folded = foldHeader(column);
  return Object.hasOwn(synonyms, folded) ? synonyms[folded]! : null;
};

/** `What is your current occupation` → `occupation`, `Total Time Spent on Website` → `time_on_site`. */
const byWords: Guess = (column, { attributes }) => {
  if (insideAttributes(column) !== null) return null;
  const meant = gist(column);
  return meant === "" ? null : (attributes.find((name) => gist(name) === meant) ?? null);
};

/** JSON Lines may have their attributes in an object of their own. */
function insideAttributes(column: string): string | null {
  return column.startsWith("attributes.") ? column.slice("attributes.".length) : null;
}

/** `properties.path` and `property.path` */
function propertyOf(column: string, refuse: Known["refuse"]): string | null {
  const found = /^propert(?:y|ies)\.(.+)$/i.exec(column.trim());
  const target = found && `properties.${found[1]!}`;
  return target && refuse(target) === null ? target : null;
}

/** `TotalVisits`, `Total Visits` and `total-visits` are all `total_visits`. */
function foldHeader(header: string): string {
  return header
    .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim()
    .replaceAll(" ", "_");
}

/** Words of questions and measures that say nothing about which attribute is meant. */
const EMPTY_WORDS = new Set(
  "a an the what which who how is are was do does did your you our their my current total spent number no of on in at for to by".split(
    " ",
  ),
);
const SAME_WORDS: Readonly<Record<string, string>> = {
  website: "site",
  web: "site",
  organisation: "company",
};

/** The words that matter, in no order. */
function gist(header: string): string {
  return foldHeader(header)
    .split("_")
    .filter((word) => !EMPTY_WORDS.has(word))
    .map((word) => SAME_WORDS[word] ?? word)
    .sort()
    .join(" ");
}

/** `Email → email, TotalVisits → total_visits; 21 columns ignored: …; name them with --map`. */
export function describePlan(columns: readonly PlannedColumn[]): string {
  const used = columns.filter(({ to }) => to !== null).map(({ column, to }) => `${column} → ${to}`);
  const ignored = columns.filter(({ to }) => to === null).map(({ column }) => column);
  if (ignored.length === 0) return `${used.join(", ")}\n`;
  const count = `${ignored.length} ${ignored.length === 1 ? "column" : "columns"} ignored`;
  return `${used.join(", ")}\n${count}: ${ignored.join(", ")}\n(name them with --map "COLUMN=NAME,…")\n`;
}

/** Why a target is none, with the nearest that is one. */
export function unknownTarget(
  kind: string,
  target: string,
  known: readonly string[],
  otherwise: string,
): string {
  const near = nearest(target, known);
  return `there is no ${kind} "${target}" (${near === undefined ? otherwise : `did you mean "${near}"?`})`;
}
