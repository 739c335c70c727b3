import type { ReferenceKind } from "../config/references.ts";
import { BUILT_IN_ATTRIBUTES } from "../config/settings.ts";
import type { Source } from "../config/yaml.ts";
import { REPS_PATH, SEGMENTS_PATH, SETTINGS_PATH } from "./sources.ts";
import type { Sources } from "./sources.ts";

/**
 * All that the files define, by kind. Taken from what is written, before it is checked: a mistake inside a segment
 * must not make every file that names the segment wrong as well.
 */
export interface Names {
  /** undefined: any name will do. */
  readonly of: Readonly<Record<Exclude<ReferenceKind, "mark">, ReadonlySet<string> | undefined>>;
  readonly marks: ReadonlyMap<string, ReadonlySet<string>>;
  readonly topics: ReadonlySet<string>;
  /** The words that an attribute with a list may have. */
  readonly words: ReadonlyMap<string, readonly string[]>;
  /** The attributes that are declared to be numbers. */
  readonly numbers: ReadonlySet<string>;
}

export function namesIn(sources: Sources, templates: Iterable<string>): Names {
  // Where a file can't be read every name may be in it.
  const unless = (path: string, names: ReadonlySet<string>) => (sources.unread.has(path) ? undefined : names);
  const settings = mapping(sources.settings?.value);
  const declared = settings.attributes === undefined ? undefined : mapping(settings.attributes);
  return {
    of: {
      attribute: declared && new Set([...BUILT_IN_ATTRIBUTES, ...Object.keys(declared)]),
      event: undefined,
      model: [...sources.unread].some((path) => path.startsWith("config/scoring/"))
        ? undefined
        : new Set(sources.models.flatMap((source) => text(mapping(source.value).model))),
      rep: unless(REPS_PATH, namesInList(sources.reps, "reps", "rep")),
      segment: unless(SEGMENTS_PATH, namesInList(sources.segments, "segments", "segment")),
      template: new Set(templates),
      webhook: unless(SETTINGS_PATH, namesInList(sources.settings, "webhooks", "webhook")),
      window: unless(SETTINGS_PATH, new Set(Object.keys(mapping(settings.windows)))),
    },
    marks: new Map(
      sources.models.flatMap((source) => {
        const { model, marks } = mapping(source.value);
        return text(model).map((name): [string, Set<string>] => [name, new Set(Object.keys(mapping(marks)))]);
      }),
    ),
    topics: namesInList(sources.settings, "topics", "topic"),
    words: new Map(
      Object.entries(declared ?? {}).flatMap(([name, type]) =>
        Array.isArray(type) ? [[name, type.map(String)] as const] : [],
      ),
    ),
    numbers: new Set(
      Object.entries(declared ?? {}).flatMap(([name, type]) => (type === "number" ? [name] : [])),
    ),
  };
}

function namesInList(source: Source | null, list: string, key: string): Set<string> {
  const items = mapping(source?.value)[list];
  return new Set(Array.isArray(items) ? items.flatMap((item) => text(mapping(item)[key])) : []);
}

function mapping(value: unknown): Record<string, unknown> {
  const isMapping = typeof value === "object" && value !== null && !Array.isArray(value);
  return isMapping ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string[] {
  return typeof value === "string" ? [value] : [];
}
