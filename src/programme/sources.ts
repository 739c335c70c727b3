import type { Problem } from "../config/problems.ts";
import { readYaml } from "../config/yaml.ts";
import type { Source } from "../config/yaml.ts";

/** The files of a programme by path: `config/…`, `templates/…`. */
export type Files = ReadonlyMap<string, string>;

/** The YAML of `config/`, read. null: there is no such file, or it is no YAML. */
export interface Sources {
  readonly settings: Source | null;
  readonly reps: Source | null;
  readonly segments: Source | null;
  readonly models: readonly Source[];
  readonly sequences: readonly Source[];
  /** Files that are there and no YAML: what they define is unknown, not nothing. */
  readonly unread: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

export const SETTINGS_PATH = "config/kindling.yaml";
export const REPS_PATH = "config/reps.yaml";
export const SEGMENTS_PATH = "config/segments.yaml";
const YAML = /\.ya?ml$/;

/** Reads all of `config/`; what is no YAML is left out and said. */
export function readSources(files: Files): Sources {
  const problems: Problem[] = [];
  const unread = new Set<string>();
  const read = (path: string): Source[] => {
    const text = files.get(path);
    if (text === undefined) return [];
    const result = readYaml(path, text);
    problems.push(...result.problems);
    if (result.source) return [result.source];
    unread.add(path);
    return [];
  };
  const under = (folder: string) =>
    [...files.keys()]
      .filter((path) => path.startsWith(folder) && YAML.test(path))
      .sort()
      .flatMap(read);
  return {
    settings: read(SETTINGS_PATH)[0] ?? null,
    reps: read(REPS_PATH)[0] ?? null,
    segments: read(SEGMENTS_PATH)[0] ?? null,
    models: under("config/scoring/"),
    sequences: under("config/sequences/"),
    unread,
    problems,
  };
}
