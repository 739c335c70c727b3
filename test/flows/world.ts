import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { formatInstant, parseInstant } from "../../src/instant.ts";
import { readScriptLine } from "../../src/planning/script.ts";
import { simulate } from "../../src/planning/simulate.run.ts";
import { openProgramme } from "../../src/programme/files.io.ts";
import { parseLeadLine } from "../../src/scoring/lines.ts";
import { openWorld } from "../../src/world.ts";
import { compileOnce } from "../compile-once.ts";

/** What `kindling simulate` reads: files by path, lines of leads and of a script as they are written. */
export interface Story {
  /** Sequences, models, reps and so on by path under `config/` or `templates/`; replaces and adds to a small company. */
  readonly files?: Readonly<Record<string, string>>;
  /** ADA alone where left out. */
  readonly leads?: readonly Readonly<Record<string, unknown>>[];
  readonly script?: readonly Readonly<Record<string, unknown>>[];
  /** 2026-01-05T00:00:00Z, a Monday, where left out. */
  readonly from?: string;
  /** 2026-02-20T00:00:00Z where left out. */
  readonly until?: string;
  /** In memory where left out. */
  readonly databaseUrl?: string;
}

/** One line of the log; instants as texts. */
export interface Line {
  readonly at: string;
  readonly email: string;
  readonly what: string;
  readonly [more: string]: unknown;
}

/** A company without windows, caps or rules for reps; page views are worth 10 points, opens 1, clicks 12. */
const COMPANY: Readonly<Record<string, string>> = {
  "config/kindling.yaml": `company: { name: Acme, address: 1 Main Street, timezone: UTC }
mail: { from: ada@acme.example }
`,
  "config/scoring/default.yaml": `model: default
thresholds: { warm: 10, hot: 30 }
engagement:
  rules:
    - { rule: pages, on: page.viewed, points: 10 }
    - { rule: opens, on: email.opened, points: 1 }
    - { rule: clicks, on: email.clicked, points: 12 }
`,
  "templates/hello.mjml": mail("Hello"),
  "templates/again.mjml": mail("Again"),
  "templates/last.mjml": mail("Last word"),
};

/** A template with as many links as asked for, by default one. */
export function mail(subject: string, { links = 1, topic }: { links?: number; topic?: string } = {}): string {
  const anchors = Array.from(
    { length: links },
    (_, n) => `<a href="https://acme.example/${n}">link ${n}</a>`,
  );
  return `---\nsubject: ${subject}\n${topic === undefined ? "" : `topic: ${topic}\n`}---
<mj-section><mj-column><mj-text>Hi. ${anchors.join(" ")}</mj-text></mj-column></mj-section>
`;
}

/** Lives a story through in a folder of its own; everything that happened, in order. */
export async function live({
  files,
  leads = [ADA],
  script = [],
  from = "2026-01-05T00:00:00Z",
  until = "2026-02-20T00:00:00Z",
  databaseUrl,
}: Story): Promise<Line[]> {
  const folder = await mkdtemp(join(tmpdir(), "kindling-flow-"));
  try {
    for (const [path, text] of Object.entries({ ...COMPANY, ...files })) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const [config, templates] = [join(folder, "config"), join(folder, "templates")];
    const world = await openWorld({
      config,
      templates,
      opened: await openProgramme(config, templates, compileOnce),
      from: parseInstant(from)!,
      seed: 1,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    });
    const lines: Line[] = [];
    try {
      await simulate(
        world,
        {
          leads: leads.map((lead) => parseLeadLine(JSON.stringify(lead))),
          lines: script.map((line) => {
            const read = readScriptLine(line);
            if (typeof read === "string") throw new Error(read);
            return read;
          }),
          from: parseInstant(from)!,
          until: parseInstant(until)!,
        },
        ({ message: _row, deal: _deal, ...line }) => {
          const { until: later } = line;
          lines.push({
            ...line,
            at: formatInstant(line.at),
            ...(typeof later === "number" ? { until: formatInstant(later) } : {}),
          } as unknown as Line);
        },
      );
    } finally {
      await world.app.close();
    }
    if (lines.some(({ at }, index) => index > 0 && at < lines[index - 1]!.at))
      throw new Error("a line comes too late");
    return lines;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** An act of ada's at an instant of January 2026: `05T11:00:00`. */
export function act(
  at: string,
  type: string,
  properties: Readonly<Record<string, unknown>> = {},
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { email: "ada@x.example", type, at: `2026-01-${at}Z`, properties, ...more };
}

/** What ada does some time after her next mail. */
export function afterMail(
  after: string,
  type: string,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { email: "ada@x.example", on: "message.sent", after, type, ...more };
}

/** A lead from Monday 2026-01-05T10:00:00Z on. */
export const ADA = { email: "ada@x.example", at: "2026-01-05T10:00:00Z" };

/** A sequence file from its lines after the name. */
export function sequence(name: string, text: string): Record<string, string> {
  return { [`config/sequences/${name}.yaml`]: `sequence: ${name}\n${text}\n` };
}

const TOLD: Readonly<Record<string, readonly string[]>> = {
  "score.crossed": ["from", "to"],
  "sequence.entered": ["sequence"],
  "sequence.step": ["sequence", "step"],
  "sequence.ended": ["sequence", "outcome"],
  "message.sent": ["template"],
  "message.deferred": ["reason", "until"],
  "message.dropped": ["template", "reason"],
  "rep.notified": ["rep", "kind"],
  event: ["type"],
};

/** Lines as short texts, `01-05 10:00:00 sequence.ended nurture goal`; only of some kinds where they are named. */
export function told(lines: readonly Line[], ...kinds: readonly string[]): string[] {
  return lines
    .filter((line) => kinds.length === 0 || kinds.includes(line.what))
    .map((line) => {
      const more = (TOLD[line.what] ?? []).map((key) => shortInstant(String(line[key])));
      return [shortInstant(line.at), line.what, ...more].join(" ");
    });
}

/** Month, day and time; milliseconds only where there are any. */
function shortInstant(text: string): string {
  const found = /^\d{4}-(\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d{3})Z$/.exec(text);
  return found ? `${found[1]} ${found[2]}${found[3] === ".000" ? "" : found[3]}` : text;
}
