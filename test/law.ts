/** The import law of docs/contributors/architecture.md, as a function over a tree of files. */

/** Rooms and the single files among them, in the order in which they may know each other. */
export const ROOMS = [
  "instant.ts",
  "clock.ts",
  "config",
  "db",
  "conditions",
  "calendar",
  "leads",
  "events",
  "scoring",
  "segments",
  "email",
  "reps",
  "sequences",
  "programme",
  "lifecycle",
  "sending",
  "tracking",
  "planning",
  "insights",
  "web",
  "jobs.ts",
  "app.ts",
  "world.ts",
  "serve.ts",
  "commands",
  "main.ts",
] as const;

/** They join everything, so that their files need no suffix and are not pure. */
const EDGE = new Set(["clock.ts", "jobs.ts", "app.ts", "world.ts", "serve.ts", "commands", "main.ts"]);

const NO_NAMES = new Set(["utils", "util", "helpers", "helper", "types", "common"]);

const IMPURE_SUFFIX = /\.(store|io|run|routes)\.tsx?$/;

/** What of Node a pure file may use: it computes, and asks nobody. */
const PURE_NODE = new Map<string, RegExp | null>([
  ["node:crypto", /random|scrypt|generateKey/i],
  ["node:net", /^(?!BlockList$|isIP$|isIPv4$|isIPv6$)/],
  ["node:buffer", null],
  ["node:url", /^(?!domainToASCII$|URL$)/],
  // A package that is loaded when it is first asked for, as an import would.
  ["node:module", /^(?!createRequire$)/],
]);

/** Packages that reach outside the process, or read its clock. */
const REACHING = new Set([
  "better-sqlite3",
  "pg",
  "nodemailer",
  "node-cron",
  "pino",
  "prom-client",
  "@hono/node-server",
  "request-filtering-agent",
]);

/** Of those packages, what only computes or reads its argument. */
const PURE_PARTS = new Set(["nodemailer/lib/mime-funcs", "@hono/node-server/conninfo"]);

const REACHING_WORDS = /\b(Math\.random|process\.\w+|setTimeout|setInterval|setImmediate|fetch\(|console\.)/;

export interface Breach {
  readonly rule: "room order" | "unknown room" | "purity" | "cycle" | "barrel" | "name" | "missing file";
  readonly file: string;
  readonly message: string;
}

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
  /** What is taken by name, without `type` ones. */
  readonly values: readonly string[];
  readonly reexport: boolean;
}

/** All that breaks the law in `files` (path inside `src/` → text), by file. */
export function breaches(files: ReadonlyMap<string, string>): Breach[] {
  const found: Breach[] = [];
  const graph = new Map<string, string[]>();
  for (const [file, text] of files) {
    if (file.endsWith(".d.ts")) continue;
    const report = (rule: Breach["rule"], message: string) => found.push({ rule, file, message });
    const code = withoutComments(text);
    const imports = importsOf(code);
    for (const part of file.replace(/\.\w+$/, "").split(/[/.]/)) {
      if (NO_NAMES.has(part)) report("name", `${part} says nothing about what is inside`);
    }
    if (isBarrel(code, imports)) report("barrel", "only passes on what others export");
    const room = roomOf(file);
    if (room === -1) report("unknown room", "is in no room of the law");
    const pure = isPure(file);
    if (pure) {
      const word = REACHING_WORDS.exec(withoutTexts(code));
      if (word) report("purity", `uses ${word[1]}`);
    }
    const targets: string[] = [];
    for (const one of imports) {
      if (!one.from.startsWith(".")) {
        if (pure && !one.typeOnly) {
          const why = impurePackage(one);
          if (why) report("purity", `imports ${why}`);
        }
        continue;
      }
      const target = resolve(file, one.from);
      if (target.startsWith("../")) continue;
      if (!files.has(target)) report("missing file", `imports ${target}, which is not there`);
      targets.push(target);
      if (room !== -1 && roomOf(target) > room) report("room order", `imports ${target} from a room below`);
      if (pure && !one.typeOnly && !isPure(target)) report("purity", `imports ${target}`);
    }
    graph.set(file, targets);
  }
  for (const cycle of cyclesOf(graph)) {
    found.push({ rule: "cycle", file: cycle[0]!, message: [...cycle, cycle[0]!].join(" → ") });
  }
  return found;
}

function roomOf(file: string): number {
  return ROOMS.indexOf(
    (file.includes("/") ? file.slice(0, file.indexOf("/")) : file) as (typeof ROOMS)[number],
  );
}

function isPure(file: string): boolean {
  return !IMPURE_SUFFIX.test(file) && !EDGE.has(ROOMS[roomOf(file)] ?? "");
}

function impurePackage({ from, values }: Import): string | null {
  if (from.startsWith("node:")) {
    const forbidden = PURE_NODE.get(from);
    if (forbidden === undefined) return from;
    const name = forbidden && values.find((value) => forbidden.test(value));
    return name ? `${name} from ${from}` : null;
  }
  const parts = from.split("/");
  const name = from.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0]!;
  return REACHING.has(name) && !PURE_PARTS.has(from) ? from : null;
}

const IMPORT =
  /^[ \t]*(import|export)\s+(type\s+)?((?:[\w*$\s,]|\{[^}]*\})+?)\s*from\s*["']([^"']+)["']|^[ \t]*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/gm;

function importsOf(code: string): Import[] {
  return [...code.matchAll(IMPORT)].map(([, word, type, names, from, bare, dynamic]) => {
    const values = (names ?? "*")
      .replace(/[{}]/g, ",")
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "" && !name.startsWith("type "))
      .map((name) => name.split(/\s+as\s+/)[0]!);
    const typeOnly = type !== undefined || (names !== undefined && values.length === 0);
    return { from: (from ?? bare ?? dynamic)!, typeOnly, values, reexport: word === "export" };
  });
}

/** An index, or any file, in which nothing stands but `export … from`. */
function isBarrel(code: string, imports: readonly Import[]): boolean {
  return imports.some((one) => one.reexport) && code.replace(IMPORT, "").replace(/[;\s]/g, "") === "";
}

function withoutComments(text: string): string {
  return text.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (_, literal?: string) => literal ?? " ",
  );
}

function withoutTexts(code: string): string {
  return code.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g, '""');
}

/** `./b.ts` seen from `a/c.ts` → `a/b.ts`; above `src/` it starts with `../`. */
function resolve(file: string, to: string): string {
  const path = file.split("/").slice(0, -1);
  for (const part of to.split("/")) {
    if (part === "..") {
      if (path.length > 0 && path[path.length - 1] !== "..") path.pop();
      else path.push("..");
    } else if (part !== ".") path.push(part);
  }
  return path.join("/");
}

/** One cycle for each file at which a walk comes back to itself. */
function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const done = new Set<string>();
  const path: string[] = [];
  const cycles: string[][] = [];
  const walk = (file: string) => {
    const seen = path.indexOf(file);
    if (seen !== -1) cycles.push(path.slice(seen));
    if (seen !== -1 || done.has(file)) return;
    path.push(file);
    for (const next of graph.get(file) ?? []) walk(next);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) walk(file);
  return cycles;
}
