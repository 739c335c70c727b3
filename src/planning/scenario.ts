import { zoneOf, type CompanyPlace } from "../calendar/place.ts";
import { suggest } from "../config/nearest.ts";
import type { Problem } from "../config/problems.ts";
import { problemAt, type Path, type Source } from "../config/yaml.ts";
import { parseDuration, type Instant } from "../instant.ts";
import { normaliseEmail } from "../leads/address.ts";
import { parseMoment, type Moment } from "./moment.ts";
import { KINDS, type ActFile, type ExpectationFile, type Kind, type ScenarioFile } from "./scenario-file.ts";
import type { ScriptLead, ScriptLine } from "./script.ts";

/** A marketer's test, read: what is given, and what must come of it. */
export interface Scenario {
  readonly file: string;
  readonly title: string;
  /** In which its times are written, and what happened is told. */
  readonly zone: string;
  readonly from: Instant;
  readonly until: Instant;
  readonly leads: readonly ScriptLead[];
  readonly lines: readonly ScriptLine[];
  readonly inOrder: boolean;
  /** Of these kinds nothing else may happen. */
  readonly exactly: readonly Kind[];
  readonly expect: readonly Expectation[];
}

export interface Expectation {
  readonly kind: Kind;
  /** May hold `*` and `?`. */
  readonly name: string;
  readonly email: string;
  /** What else that line of the log must say; patterns too. */
  readonly asks: Readonly<Record<string, string>>;
  /** Of a deferral: until when. */
  readonly deferredUntil: Moment | null;
  /** When it has to happen, both ends included. */
  readonly when: Moment;
  /** The times as the file has them; null where it leaves them open. */
  readonly written: string | null;
  /** How often exactly; null: once at least. */
  readonly times: number | null;
  readonly line: number;
  readonly column: number;
}

/** A file whose shape is right → its scenario, and what is wrong with its times and addresses. */
export function readScenario(
  file: ScenarioFile,
  source: Source,
  company: CompanyPlace,
): { readonly scenario: Scenario; readonly problems: readonly Problem[] } {
  const reader = new Reader(file, source, file.timezone ?? zoneOf({}, company));
  return { scenario: reader.read(), problems: reader.problems };
}

/** Keys of an expectation that say when, how often and of whom; the rest is asked of the line of the log. */
const COMMON = new Set<string>([...KINDS, "email", "at", "within", "times", "until"]);

class Reader {
  readonly problems: Problem[] = [];
  private readonly file: ScenarioFile;
  private readonly source: Source;
  private readonly zone: string;
  private readonly from: Instant;
  private readonly until: Instant;
  private readonly emails: readonly string[];

  constructor(file: ScenarioFile, source: Source, zone: string) {
    this.file = file;
    this.source = source;
    this.zone = zone;
    this.from = parseMoment(file.from, zone)!.from;
    this.until = parseMoment(file.until, zone)!.until;
    this.emails = file.given.leads.map(({ email }) => normaliseEmail(email) ?? email);
  }

  read(): Scenario {
    const { file, from, until } = this;
    if (until < from) this.report(["until"], "lies before `from`");
    this.emails.forEach((email, index) => {
      if (this.emails.indexOf(email) < index)
        this.report(["given", "leads", index, "email"], `${email} is a lead above already`);
    });
    return {
      file: this.source.file,
      title: file.scenario,
      zone: this.zone,
      from,
      until,
      leads: file.given.leads.map(({ at, attributes, consent }, index) => ({
        email: this.emails[index]!,
        at: at === undefined ? from : this.before(at, ["given", "leads", index, "at"]),
        attributes: attributes ?? {},
        consents: consent ?? false,
      })),
      lines: (file.given.acts ?? []).map((act, index) => this.line(act, ["given", "acts", index])),
      inOrder: file.in_order ?? false,
      exactly: file.exactly ?? [],
      expect: file.expect.map((expected, index) => this.expectation(expected, ["expect", index])),
    };
  }

  private line(act: ActFile, path: Path): ScriptLine {
    const shared = {
      email: this.lead(act.email, path),
      type: act.type,
      actor: act.actor ?? ("lead" as const),
      verdict: act.verdict ?? ("human" as const),
      properties: act.properties ?? {},
    };
    if ("at" in act) {
      const at = this.before(act.at, [...path, "at"]);
      return { ...shared, at, message: act.message ?? null, link: null };
    }
    const { on, after, link, email: _email, type: _type, actor: _actor, verdict: _verdict, ...rest } = act;
    const { properties: _properties, ...where } = rest;
    return { ...shared, on, where, after: parseDuration(after ?? "0s")!, message: null, link: link ?? null };
  }

  private expectation(expected: ExpectationFile, path: Path): Expectation {
    const kind = KINDS.find((one) => one in expected)!;
    const fields = expected as Readonly<Record<string, unknown>>;
    const asks = Object.entries(fields).filter(([key]) => !COMMON.has(key));
    const { at, within, times = null } = expected;
    const moments = at !== undefined ? [at, at] : (within ?? null);
    const place = moments ? [...path, at === undefined ? "within" : "at"] : path;
    const when = moments
      ? { from: this.moment(moments[0]!).from, until: this.moment(moments[1]!).until }
      : { from: this.from, until: this.until };
    if (when.until < when.from) this.report(place, "ends before it begins");
    else if (when.from > this.until || when.until < this.from)
      this.report(place, "lies outside of what the scenario lives: `from` until `until`");
    return {
      kind,
      name: String(fields[kind]),
      email: this.lead(expected.email, path),
      asks: Object.fromEntries(asks.map(([key, value]) => [key, String(value)])),
      deferredUntil: "until" in expected && expected.until !== undefined ? this.moment(expected.until) : null,
      when,
      written: at ?? (within ? `${within[0]} … ${within[1]}` : null),
      times,
      ...this.source.at(path),
    };
  }

  /** The lead that is meant: of one alone the address may be left out. */
  private lead(email: string | undefined, path: Path): string {
    const [first] = this.emails;
    if (email === undefined) {
      if (this.emails.length > 1)
        this.report(path, "says nothing of whom: with several leads `email` is needed");
      return first!;
    }
    const known = normaliseEmail(email) ?? email;
    if (!this.emails.includes(known)) {
      const hint = suggest(known, this.emails);
      this.report([...path, "email"], `${known} is no lead of this scenario`, hint);
    }
    return known;
  }

  private before(text: string, path: Path): Instant {
    const { from } = this.moment(text);
    if (from > this.until) this.report(path, "lies after `until`, so that it would never happen");
    return from;
  }

  private moment(text: string): Moment {
    return parseMoment(text, this.zone)!;
  }

  private report(path: Path, message: string, suggestion?: string): void {
    this.problems.push(problemAt(this.source, path, message, suggestion === undefined ? {} : { suggestion }));
  }
}
