import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { breaches, ROOMS } from "./law.ts";

const SRC = new URL("../src/", import.meta.url);

/** Path inside `src/` → text, of all that is there. */
function sources(): Map<string, string> {
  const paths = readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => /\.tsx?$/.test(path));
  return new Map(paths.sort().map((path) => [path, readFileSync(new URL(path, SRC), "utf8")]));
}

/** The rules that a small planted tree breaks. */
function broken(files: Record<string, string>): string[] {
  return [...new Set(breaches(new Map(Object.entries(files))).map(({ rule }) => rule))];
}

describe("the law of the house", () => {
  test("every file keeps it", () => {
    const all = breaches(sources()).map(({ rule, file, message }) => `${file}: ${rule}: ${message}`);
    expect(all).toEqual([]);
  });

  test("it looked at the whole house", () => {
    const files = sources();
    expect(files.size).toBeGreaterThan(100);
    const empty = ROOMS.filter(
      (room) => ![...files.keys()].some((f) => f === room || f.startsWith(`${room}/`)),
    );
    // A room that is not built yet is no breach; one that is misspelt here would hide every file in it.
    expect(empty.filter((room) => room !== "insights")).toEqual([]);
  });

  test("the page for contributors names the rooms in the same order", () => {
    const page = readFileSync(new URL("../docs/contributors/architecture.md", import.meta.url), "utf8");
    const table = /<!-- rooms -->([\s\S]*?)<!-- end -->/.exec(page)![1]!;
    expect([...table.matchAll(/^\| `([^`]+?)\/?` \|/gm)].map((match) => match[1])).toEqual([...ROOMS]);
  });
});

describe("a planted breach is found:", () => {
  const lead = { "leads/lead.ts": "export const a = 1;" };

  test("a room that imports a room below it", () => {
    expect(
      broken({
        "leads/lead.ts": 'import { b } from "../scoring/b.ts";',
        "scoring/b.ts": "export const b = 1;",
      }),
    ).toEqual(["room order"]);
    expect(
      broken({ "leads/lead.ts": 'import type { B } from "../web/b.ts";', "web/b.ts": "export type B = 1;" }),
    ).toEqual(["room order"]);
  });

  test("a room that nobody wrote down", () => {
    expect(broken({ "attic/a.ts": "export const a = 1;" })).toEqual(["unknown room"]);
  });

  test.each([
    ["a store", 'import { find } from "./leads.store.ts";'],
    ["a store, over two lines", 'import {\n  type Lead,\n  find,\n} from "./leads.store.ts";'],
    ["a store, passed on", 'export { find } from "./leads.store.ts";\nexport const a = 1;'],
    ["a store, by a dynamic import", 'export const a = () => import("./leads.store.ts");'],
    ["files", 'import { readFileSync } from "node:fs";'],
    ["randomness", 'import { randomBytes } from "node:crypto";'],
    ["sockets", 'import { connect } from "node:net";'],
    ["a driver", 'import Database from "better-sqlite3";'],
    ["the system clock", 'import { systemClock } from "../clock.ts";'],
    ["a random number", "export const a = Math.random();"],
    ["the environment", "export const a = process.env.HOME;"],
    ["a timer", "setTimeout(() => {}, 1);"],
  ])("a pure file that uses %s", (_, text) => {
    const tree = {
      "leads/lead.ts": text,
      "leads/leads.store.ts": "export const find = 1;",
      "clock.ts": "export const systemClock = 1;",
    };
    expect(broken(tree)).toEqual(["purity"]);
  });

  test("files that import each other", () => {
    expect(
      broken({
        "leads/lead.ts": 'import { b } from "./b.ts";',
        "leads/b.ts": 'import { c } from "./c.ts";',
        "leads/c.ts": 'import type { a } from "./lead.ts";',
      }),
    ).toEqual(["cycle"]);
  });

  test("a barrel, but not one line that passes something on", () => {
    expect(broken({ ...lead, "leads/index.ts": '/** All. */\nexport * from "./lead.ts";\n' })).toEqual([
      "barrel",
    ]);
    expect(broken({ ...lead, "leads/b.ts": 'export { a } from "./lead.ts";\nexport const b = 2;' })).toEqual(
      [],
    );
  });

  test.each(["leads/utils.ts", "leads/helpers/a.ts", "leads/types.ts", "events/common.store.ts"])(
    "a name that says nothing: %s",
    (file) => {
      expect(broken({ [file]: "export const a = 1;" })).toEqual(["name"]);
    },
  );

  test("an import of a file that is not there", () => {
    expect(broken({ "leads/lead.ts": 'import { b } from "./gone.ts";' })).toEqual(["missing file"]);
  });
});

describe("what the law allows:", () => {
  test("hashing, types of impure files, and words in comments and texts", () => {
    expect(
      broken({
        "leads/lead.ts": [
          'import { createHash } from "node:crypto";',
          'import { BlockList } from "node:net";',
          'import type { Clock } from "../clock.ts";',
          '// import { readFileSync } from "node:fs";',
          'export const hint = "Math.random() is not asked";',
        ].join("\n"),
        "clock.ts": "export interface Clock {}",
      }),
    ).toEqual([]);
  });

  test("a store may do SQL, and a command may open the whole application", () => {
    expect(
      broken({
        "leads/leads.store.ts": 'import Database from "better-sqlite3";',
        "app.ts": 'import { readFileSync } from "node:fs";\nexport const openApp = 1;',
        "commands/start.ts": 'import { openApp } from "../app.ts";',
      }),
    ).toEqual([]);
  });
});
