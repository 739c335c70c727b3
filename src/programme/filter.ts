import { conditionSchema, type Condition } from "../conditions/condition.ts";
import { conditionReferences, eachPlacedForm } from "../conditions/references.ts";
import { checkShape } from "../config/explain.ts";
import { hasErrors, type Problem } from "../config/problems.ts";
import { BUILT_IN_ATTRIBUTES } from "../config/settings.ts";
import { readYaml, problemAt } from "../config/yaml.ts";
import { misplaced } from "../segments/file.ts";
import type { Names } from "./names.ts";
import type { Programme } from "./programme.ts";
import { checkBounds, checkReferences } from "./references.ts";

/** `doubts`: what it asks is right, and likely not what was meant, as an event that is misspelt. */
export type ReadFilter =
  | { readonly condition: Condition; readonly doubts: readonly Problem[] }
  | { readonly problems: readonly Problem[] };

const LONGEST = 10_000;
/** A database takes no expression of any size. */
const MOST_FORMS = 200;

/**
 * A condition as a person writes it into one line, YAML or JSON: `{ all: [ { attribute: country, is: PT }, … ] }`.
 * Problems have the place in the text; `name` stands where a file's name would.
 */
export function readFilter(text: string, programme: Programme, name: string): ReadFilter {
  if (text.length > LONGEST) return { problems: [problem(name, `is longer than ${LONGEST} characters`)] };
  const { source, problems } = readYaml(name, text);
  if (!source || hasErrors(problems)) return { problems };
  const checked = checkShape(conditionSchema, source);
  if ("problems" in checked) return checked;
  const condition = checked.value;
  let forms = 0;
  eachPlacedForm(condition, [], () => forms++);
  if (forms > MOST_FORMS)
    return { problems: [problemAt(source, [], `has ${forms} conditions in it; ${MOST_FORMS} are the most`)] };
  const references = conditionReferences(condition, []);
  const names = namesOf(programme);
  const found = [
    ...misplaced(condition, [], source, { score: true }),
    ...checkReferences(references, names, source),
    ...checkBounds(references, names, source),
  ];
  const wrong = found.filter(({ severity }) => severity === "error");
  return wrong.length > 0 ? { problems: wrong } : { condition, doubts: found };
}

/** `column 14: unknown key "atribute" (did you mean "attribute"?)`: a problem of a text that is a line. */
export function placedMessage({ line, column, message, suggestion }: Problem): string {
  const place = line === null ? "" : line > 1 ? `line ${line}, column ${column}: ` : `column ${column}: `;
  return `${place}${message}${suggestion === undefined ? "" : ` (${suggestion})`}`;
}

function problem(file: string, message: string): Problem {
  return { file, line: null, column: null, message, severity: "error" };
}

/** All that a condition may name. */
function namesOf({ settings, reps, segments, models }: Programme): Names {
  const { attributes } = settings;
  return {
    of: {
      attribute: attributes ? new Set([...BUILT_IN_ATTRIBUTES, ...attributes.keys()]) : undefined,
      event: undefined,
      model: new Set(models.map((model) => model.name)),
      rep: new Set(reps.reps.map(({ rep }) => rep)),
      segment: new Set(segments.map((segment) => segment.name)),
      template: undefined,
      webhook: undefined,
      window: undefined,
    },
    marks: new Map(models.map((model) => [model.name, new Set(model.marks.map((mark) => mark.name))])),
    topics: new Set(),
    words: new Map(
      [...(attributes ?? [])].flatMap(([name, type]) =>
        typeof type === "object" ? [[name, type] as const] : [],
      ),
    ),
    numbers: new Set([...(attributes ?? [])].flatMap(([name, type]) => (type === "number" ? [name] : []))),
  };
}
