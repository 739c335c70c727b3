import { suggest } from "../config/nearest.ts";
import type { Problem } from "../config/problems.ts";
import { BUILT_IN_ATTRIBUTES } from "../config/settings.ts";
import { problemAt, type Path, type Source } from "../config/yaml.ts";
import type { Programme } from "../programme/programme.ts";
import { KINDS, type ScenarioFile } from "./scenario-file.ts";

/** What a scenario names and the configuration does not have: a test of it could only ever fail, or never. */
export function checkScenarioNames(file: ScenarioFile, source: Source, programme: Programme): Problem[] {
  const known = namesOf(programme);
  const problems: Problem[] = [];
  const check = (what: keyof typeof known, name: unknown, path: Path) => {
    const names = known[what];
    if (typeof name !== "string" || names === null || /[*?]/.test(name) || names.has(name)) return;
    const hint = suggest(name, names);
    problems.push(
      problemAt(
        source,
        path,
        `there is no ${what} "${name}"`,
        hint === undefined ? {} : { suggestion: hint },
      ),
    );
  };
  file.given.leads.forEach(({ attributes }, index) => {
    for (const name of Object.keys(attributes ?? {}))
      check("attribute", name, ["given", "leads", index, "attributes", name]);
  });
  const shared = (line: object, path: Path) => {
    for (const key of ["template", "sequence", "model", "mark", "rep"] as const)
      if (key in line) check(key, (line as Record<string, unknown>)[key], [...path, key]);
  };
  (file.given.acts ?? []).forEach((act, index) => shared(act, ["given", "acts", index]));
  file.expect.forEach((expected, index) => {
    const path = ["expect", index];
    shared(expected, path);
    const kind = KINDS.find((one) => one in expected)!;
    const name = (expected as Record<string, unknown>)[kind];
    const place = [...path, kind];
    if (kind === "mail" || kind === "deferred" || kind === "dropped") check("template", name, place);
    if (kind === "entered" || kind === "ended") check("sequence", name, place);
    if (kind === "notice") check("notice", name, place);
  });
  return problems;
}

function namesOf({ settings, templates, sequences, models, reps }: Programme) {
  const { attributes } = settings;
  return {
    attribute: attributes === null ? null : new Set([...BUILT_IN_ATTRIBUTES, ...attributes.keys()]),
    template: new Set(templates.keys()),
    sequence: new Set(sequences.keys()),
    model: new Set(models.map(({ name }) => name)),
    mark: new Set(models.flatMap(({ marks }) => marks.map(({ name }) => name))),
    rep: new Set(reps.reps.map(({ rep }) => rep)),
    notice: new Set(["sequence", ...reps.notices.map(({ kind }) => kind)]),
  } as const;
}
