import type { z } from "zod";
import { nearest, suggest } from "./nearest.ts";
import {
  isMissing,
  isObject,
  isWrongKind,
  samePath,
  show,
  showKeys,
  sizeMessage,
  typeWord,
  valueAt,
} from "./issues.ts";
import type { Issue } from "./issues.ts";
import type { Problem } from "./problems.ts";
import { problemAt } from "./yaml.ts";
import type { Checked, Path, Source } from "./yaml.ts";

/** Holds a file against a schema. All that is wrong is said at once, with line, column and a suggestion. */
export function checkShape<T>(schema: z.ZodType<T>, source: Source): Checked<T> {
  const result = schema.safeParse(source.value, { error: annotate });
  if (result.success) return { value: result.data };
  return { problems: explainAll(result.error.issues as unknown as Issue[], [], source) };
}

/** Called by zod for each issue whose schema has no message of its own; what is written here stays on the issue. */
function annotate(raw: z.core.$ZodRawIssue): undefined {
  const issue = raw as {
    generic?: boolean;
    known?: string[];
    inst?: { _zod?: { def?: { shape?: object } } };
  };
  issue.generic = true;
  const shape = issue.inst?._zod?.def?.shape;
  if (shape) issue.known = Object.keys(shape);
  return undefined;
}

function explainAll(issues: readonly Issue[], base: Path, source: Source): Problem[] {
  const misspelt = issues.flatMap((issue) => misspeltIn(issue, issues, base, source));
  const strange = issues.filter((issue) => issue.code === "unrecognized_keys");
  // What a mapping as a whole still lacks ("needs an operator") is what its unknown key was meant to be.
  const echoes = (issue: Issue) =>
    issue.code === "custom" && strange.some(({ path }) => samePath(path, issue.path));
  return issues
    .filter((issue) => !echoes(issue) && !misspelt.some((path) => samePath(path, issue.path)))
    .flatMap((issue) => explain(issue, [...base, ...issue.path], source));
}

/** The missing keys that an unknown key beside them was meant to be: only the unknown one is worth a line. */
function misspeltIn(issue: Issue, all: readonly Issue[], base: Path, source: Source): Path[] {
  if (issue.code !== "unrecognized_keys") return [];
  const missing = all.filter(
    (other) => samePath(other.path.slice(0, -1), issue.path) && isMissing([...base, ...other.path], source),
  );
  return missing
    .filter((other) => issue.keys?.some((key) => nearest(key, [String(other.path.at(-1))]) !== undefined))
    .map((other) => other.path);
}

function explain(issue: Issue, path: Path, source: Source): Problem[] {
  if (issue.code === "unrecognized_keys") return unknownKeys(issue, path, source);
  if (!issue.generic && issue.code !== "invalid_union") {
    const missing = isMissing(path, source);
    const place = missing ? path.slice(0, -1) : path;
    return [problemAt(source, place, issue.message, { suggestion: issue.params?.suggestion, key: missing })];
  }
  if (isMissing(path, source)) {
    return [problemAt(source, path.slice(0, -1), `"${String(path.at(-1))}" is missing`, { key: true })];
  }
  const value = valueAt(source.value, path);
  if (value === null && issue.code !== "custom") {
    const name = path.at(-1);
    const message = typeof name === "string" ? `"${name}" is empty` : "is empty";
    return [problemAt(source, path, message, { key: true, suggestion: "give it a value or leave it out" })];
  }
  switch (issue.code) {
    case "invalid_union":
      return explainUnion(issue, path, value, source);
    case "invalid_type":
      return [problemAt(source, path, `expected ${typeWord(issue.expected)}, found ${show(value)}`)];
    case "invalid_value":
      return [notOneOf(value, (issue.values ?? []).map(String), path, source)];
    case "invalid_key":
      return (issue.issues ?? []).map((inner) =>
        problemAt(source, path, inner.message, { key: true, suggestion: inner.params?.suggestion }),
      );
    case "too_small":
    case "too_big":
      return [problemAt(source, path, sizeMessage(issue))];
    default:
      return [problemAt(source, path, `${show(value)} can't be used here: ${issue.message}`)];
  }
}

function unknownKeys(issue: Issue, path: Path, source: Source): Problem[] {
  const value = valueAt(source.value, path);
  const free = (issue.known ?? []).filter((key) => !isObject(value) || !Object.hasOwn(value, key));
  return (issue.keys ?? []).map((key) =>
    problemAt(source, [...path, key], `unknown key "${key}"`, { key: true, suggestion: suggest(key, free) }),
  );
}

/** Of several forms the one is explained that the author most likely meant. */
function explainUnion(issue: Issue, path: Path, value: unknown, source: Source): Problem[] {
  const forms = alternatives(issue.errors ?? []);
  const fitting = forms.filter((form) => !form.some(isWrongKind));
  if (isObject(value)) {
    const best = bestForm(fitting, value, path, source);
    const wanted = [...new Set(fitting.flatMap((form) => missingKeys(form, path, source).slice(0, 1)))];
    if (best) {
      const rivals = fitting.flatMap((form) => recognisedKeys(form, value));
      return explainForm(best, new Set([...wanted, ...rivals]), value, path, source);
    }
    if (wanted.length > 0) {
      const [key] = Object.keys(value);
      const known = [...new Set(fitting.flatMap((form) => form.flatMap((inner) => inner.known ?? [])))];
      const near = key === undefined ? undefined : nearest(key, known);
      return [
        problemAt(source, path, `expected one of ${wanted.join(", ")}, found ${showKeys(value)}`, {
          suggestion: near && `did you mean "${near}"?`,
        }),
      ];
    }
  } else {
    const words = forms.flatMap((form) =>
      form.flatMap((inner) => (isWrongKind(inner) ? (inner.values ?? []) : [])),
    );
    const near = typeof value === "string" ? nearest(value, words.map(String)) : undefined;
    // The text form of a field says best what it wants, unless a listed word was nearly hit.
    if (fitting.length > 0 && near === undefined) return explainAll(fitting[0]!, path, source);
    if (words.length > 0 && !Array.isArray(value)) return [notOneOf(value, words.map(String), path, source)];
  }
  const own = forms.flat().find((inner) => isWrongKind(inner) && !inner.generic);
  if (own) return [problemAt(source, path, own.message)];
  const types = forms.flatMap((form) => form.filter(isWrongKind).map((inner) => typeWord(inner.expected)));
  const wanted = [...new Set(types)].join(" or ");
  return [problemAt(source, path, `expected ${wanted || "another form"}, found ${show(value)}`)];
}

/** `rivals` are keys by which other forms are known: two of them in one mapping are no typing error. */
function explainForm(
  form: readonly Issue[],
  rivals: ReadonlySet<string>,
  value: object,
  path: Path,
  source: Source,
): Problem[] {
  const recognised = recognisedKeys(form, value);
  const clash = Object.keys(value).find((key) => rivals.has(key) && !recognised.includes(key));
  const [own] = recognised;
  if (clash === undefined || own === undefined) return explainAll(form, path, source);
  return [problemAt(source, [...path, clash], `"${clash}" can't stand beside "${own}"`, { key: true })];
}

/** A union's member that is a union itself counts as its members. */
function alternatives(errors: readonly (readonly Issue[])[]): (readonly Issue[])[] {
  return errors.flatMap((form) => {
    const [only] = form;
    return form.length === 1 && only!.code === "invalid_union" && only!.path.length === 0
      ? alternatives(only!.errors ?? [])
      : [form];
  });
}

/** The form that recognises most keys; undefined where none recognises any. */
function bestForm(forms: readonly (readonly Issue[])[], value: object, path: Path, source: Source) {
  const keys = Object.keys(value);
  let best: readonly Issue[] | undefined;
  let most = 0;
  for (const form of forms) {
    const unknown = form.flatMap((issue) => (issue.path.length === 0 ? (issue.keys ?? []) : []));
    const missing = missingKeys(form, path, source);
    const typos = missing.filter((key) => unknown.some((word) => nearest(word, [key]) !== undefined)).length;
    const recognised = keys.length - unknown.length + typos;
    if (recognised === 0) continue;
    const score = recognised - (missing.length - typos) * 0.5 - form.length * 0.01 + 1;
    if (score > most) {
      most = score;
      best = form;
    }
  }
  return best;
}

function recognisedKeys(form: readonly Issue[], value: object): string[] {
  const unknown = new Set(form.flatMap((issue) => (issue.path.length === 0 ? (issue.keys ?? []) : [])));
  return Object.keys(value).filter((key) => !unknown.has(key));
}

function missingKeys(form: readonly Issue[], path: Path, source: Source): string[] {
  return form
    .filter((issue) => issue.path.length === 1 && isMissing([...path, ...issue.path], source))
    .map((issue) => String(issue.path[0]));
}

function notOneOf(value: unknown, words: readonly string[], path: Path, source: Source): Problem {
  if (words.length === 1) return problemAt(source, path, `expected ${words[0]}, found ${show(value)}`);
  const near = typeof value === "string" ? nearest(value, words) : undefined;
  const suggestion = near && `did you mean "${near}"?`;
  return problemAt(source, path, `${show(value)} is not one of ${words.join(", ")}`, { suggestion });
}
