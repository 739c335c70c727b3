import { formatProblem } from "../../src/config/problems.ts";
import { loadProgramme } from "../../src/programme/load.ts";
import type { Programme } from "../../src/programme/programme.ts";

/** A small programme that is right, by path. */
export const SMALL: Readonly<Record<string, string>> = {
  "config/kindling.yaml": `company: { name: Acme, address: 1 Main Street, country: PT }
mail: { from: ada@acme.example }
topics: [{ topic: product, title: News }]
windows: { office: { days: [mon], from: "09:00", to: "17:00" } }
webhooks: [{ webhook: crm, url: "https://crm.example", on: [deal.opened] }]
attributes: { need: [main, useful], employees: number }
`,
  "config/reps.yaml": `reps: [{ rep: maria, name: Maria, email: maria@acme.example, takes: { attribute: need, is: main } }]
notices: [{ on: { temperature: hot }, escalate: { after: 4h, window: office, to: next } }]
`,
  "config/segments.yaml": `segments:
  - { segment: trial, when: { did: trial.started } }
`,
  "config/scoring/default.yaml": `model: default
thresholds: { warm: 25, hot: 50, cooling: 5 }
marks: { invite: 75 }
fit: [{ criterion: Need, attribute: need, bands: [{ is: main, points: 10 }] }]
engagement: { rules: [{ rule: demo, on: demo.requested, points: 30 }] }
`,
  "config/sequences/nurture.yaml": `sequence: nurture
enter: [{ temperature: warm, if: { not: { segment: trial } } }, { reached: invite }]
exit: { owner: maria }
window: office
steps:
  - send: warm/hello
  - set: { need: useful }
  - notify: maria
  - webhook: crm
`,
  "templates/warm/hello.mjml": `---
subject: Hello
topic: product
---
<mj-section><mj-column><mj-text>Hello {{first_name "you"}}, {{need "well"}}</mj-text></mj-column></mj-section>
`,
};

/** SMALL with some files replaced; undefined takes one away. */
export function withFiles(changed: Readonly<Record<string, string | undefined>>): Map<string, string> {
  const all = Object.entries({ ...SMALL, ...changed });
  return new Map(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** What `check` says of SMALL with some files replaced: mistakes, or warnings where there are none. */
export async function said(changed: Readonly<Record<string, string | undefined>>): Promise<string[]> {
  const loaded = await loadProgramme(withFiles(changed));
  return ("problems" in loaded ? loaded.problems : loaded.warnings).map(formatProblem);
}

/** SMALL with some files replaced, as a programme. */
export async function programmeOf(
  changed: Readonly<Record<string, string | undefined>> = {},
): Promise<Programme> {
  const loaded = await loadProgramme(withFiles(changed));
  if ("problems" in loaded) throw new Error(loaded.problems.map(formatProblem).join("\n"));
  return loaded.programme;
}
