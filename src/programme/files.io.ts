import { readdir, readFile, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { InputError } from "../config/problems.ts";
import type { Problem } from "../config/problems.ts";
import { compileHere, type Compiler } from "../email/compiler.ts";
import { loadModels, loadProgramme } from "./load.ts";
import type { Programme } from "./programme.ts";

/**
 * All files of a programme: `config/…` and `templates/…` by path, wherever the two folders are. An absent folder is
 * empty. Throws InputError where a file can't be read or is no UTF-8, and where a template is a link to elsewhere: what
 * it leads to would be mailed.
 */
export async function readProgrammeFiles(
  configDir: string,
  templatesDir: string,
): Promise<Map<string, string>> {
  const config = await list(configDir);
  const templates = await list(templatesDir);
  const wanted = [
    ...config
      .filter((path) => /^([^/]+|(scoring|sequences)\/.+)\.ya?ml$/.test(path))
      .map((path) => [`config/${path}`, join(configDir, path)] as const),
    ...templates
      .filter((path) => /\.(mjml|txt)$/.test(path))
      .map((path) => [`templates/${path}`, join(templatesDir, path)] as const),
  ];
  const files = new Map<string, string>();
  for (const [path, place] of wanted.sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (path.startsWith("templates/")) await staysInside(place, templatesDir);
    files.set(path, await readText(place));
  }
  return files;
}

/** A programme as it stands in its folders, with what is doubtful in it, in the folders' own paths. */
export interface Opened {
  readonly programme: Programme;
  readonly files: ReadonlyMap<string, string>;
  readonly warnings: readonly Problem[];
  /** It runs, but not as it says: see programme/unworkable.ts. */
  readonly unworkable: readonly Problem[];
}

/** Reads, checks and compiles both folders. Throws InputError with all that is wrong, in the folders' own paths. */
export async function openProgramme(
  configDir: string,
  templatesDir: string,
  compile: Compiler = compileHere,
): Promise<Opened> {
  const files = await readProgrammeFiles(configDir, templatesDir);
  const loaded = await loadProgramme(files, compile);
  if ("problems" in loaded) throw new InputError(relocate(loaded.problems, configDir, templatesDir));
  const warnings = relocate(loaded.warnings, configDir, templatesDir);
  const unworkable = relocate(loaded.unworkable, configDir, templatesDir);
  return { programme: loaded.programme, files, warnings, unworkable };
}

/** A programme that is to go live. Throws InputError for what can't work too. */
export async function openWorkable(
  configDir: string,
  templatesDir: string,
  compile: Compiler = compileHere,
): Promise<Opened> {
  const opened = await openProgramme(configDir, templatesDir, compile);
  if (opened.unworkable.length > 0) throw new InputError([...opened.unworkable, ...opened.warnings]);
  return opened;
}

/** The models of a folder and its declared attributes, for `kindling score`. Throws InputError. */
export async function openModels(configDir: string) {
  const loaded = loadModels(await readProgrammeFiles(configDir, ""));
  if ("problems" in loaded) throw new InputError(relocate(loaded.problems, configDir, "templates"));
  return loaded.value;
}

/** Problems name files as people gave them: `kindling check --config shop/config`. */
export function relocate(problems: readonly Problem[], configDir: string, templatesDir: string): Problem[] {
  return problems.map((problem) => {
    if (problem.file.startsWith("config/"))
      return { ...problem, file: join(configDir, problem.file.slice(7)) };
    if (problem.file.startsWith("templates/"))
      return { ...problem, file: join(templatesDir, problem.file.slice(10)) };
    return problem;
  });
}

/** Paths below a folder with `/` between, sorted; dot files and what is neither file nor folder left out. */
async function list(folder: string): Promise<string[]> {
  if (folder === "") return [];
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw new InputError(`${folder}: can't be read (${codeOf(error)})`);
  }
  const found: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith(".")) continue;
    if (entry.isDirectory()) {
      const inside = await list(join(folder, entry.name));
      found.push(...inside.map((path) => `${entry.name}/${path}`));
    } else if (entry.isFile() || entry.isSymbolicLink()) found.push(entry.name);
  }
  return found;
}

async function staysInside(path: string, folder: string): Promise<void> {
  // A link that leads nowhere can't be read, which is said where it is.
  const [place, within] = await Promise.all([realpath(path).catch(() => null), realpath(folder)]);
  if (place === null || place.startsWith(within.endsWith(sep) ? within : within + sep)) return;
  const message = `is a link that leads out of ${folder}`;
  throw new InputError([{ file: path, line: null, column: null, message, severity: "error" }]);
}

async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (error) {
    const reason =
      codeOf(error) === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "is no UTF-8 text" : "can't be read";
    throw new InputError([{ file: path, line: null, column: null, message: reason, severity: "error" }]);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}
