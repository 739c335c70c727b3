import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inFolder } from "./process.ts";

const KINDLING = `
company: { name: Acme, address: 1 Main Street }
mail: { from: Acme <hello@acme.example> }
attributes: { employees: number }
`;

const LEADS = "Email,Employees,Lead Number\na@x.example,5,1\nb@x.example,6,2\nnobody,7,3\n";

interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

interface Shop {
  readonly folder: string;
  /** Command lines, one after the other in one process, as it takes a second to start. */
  run(...lines: string[]): Promise<Outcome[]>;
}

/** A folder with a configuration and a database of its own, and the command line in it. */
async function inShop(use: (shop: Shop) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    await mkdir(join(folder, "config"));
    await writeFile(join(folder, "config", "kindling.yaml"), KINDLING);
    await writeFile(join(folder, "leads.csv"), LEADS);
    await use({ folder, run: (...lines) => kindling(folder, lines) });
  });
}

async function kindling(folder: string, lines: readonly string[]): Promise<Outcome[]> {
  const script = new URL("importing.ts", import.meta.url).pathname;
  const told = JSON.stringify(
    lines.map((line) => line.match(/"[^"]*"|\S+/g)!.map((word) => word.replaceAll('"', ""))),
  );
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, told], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      KINDLING_SECRET: "a secret of this test",
      DATABASE_URL: "sqlite:./k.db",
    },
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  await new Promise((resolve) => child.on("close", resolve));
  const outs = out.replaceAll(/\d+\.\d s/g, "0.0 s").split("\0");
  const errs = err.split("\0");
  if (outs.length !== 2 * lines.length + 1) throw new Error(err);
  return lines.map((_, index) => ({
    status: Number(outs[2 * index + 1]),
    out: outs[2 * index]!,
    err: errs[2 * index]!,
  }));
}

test("import says how it reads the columns, what went in, and where the bad rows are", async () => {
  await inShop(async ({ folder, run }) => {
    const [first, again] = await run(
      "import leads.csv",
      'import leads.csv --json --map "Lead Number=ignore"',
    );
    expect(first).toEqual({
      status: 0,
      out:
        "Email → email, Employees → employees\n" +
        '1 column ignored: Lead Number\n(name them with --map "COLUMN=NAME,…")\n' +
        "leads.csv: 3 rows in 0.0 s: 2 created, 0 changed, 0 unchanged, 1 bad\n" +
        "The bad ones are in leads.csv.bad.csv, each with its line and reason.\n",
      err: 'leads.csv:4: "nobody" is no email address\n',
    });
    expect(await readFile(join(folder, "leads.csv.bad.csv"), "utf8")).toBe(
      'line,reason,Email,Employees,Lead Number\n4,"""nobody"" is no email address",nobody,7,3\n',
    );
    expect(again).toMatchObject({ status: 0, err: "" });
    expect(JSON.parse(again!.out)).toMatchObject({
      kind: "leads",
      rows: 3,
      created: 0,
      changed: 0,
      unchanged: 2,
      bad: 1,
      bad_file: "leads.csv.bad.csv",
      problems: [{ line: 4, reason: '"nobody" is no email address' }],
    });
  });
});

test("import ends with 2 and changes nothing where the file can't be used or no row is good", async () => {
  await inShop(async ({ folder, run }) => {
    const nowhere = await run("import nowhere.csv");
    expect(nowhere).toEqual([{ status: 2, out: "", err: "nowhere.csv: there is no such file\n" }]);
    expect(existsSync(join(folder, "k.db"))).toBe(false);
    await writeFile(join(folder, "names.csv"), "name\nAda\n");
    await writeFile(join(folder, "bad.csv"), "email\nAda\n");
    const [names, bad, leads] = await run("import names.csv", "import bad.csv", "export");
    expect(names).toMatchObject({
      status: 2,
      err: 'names.csv:1:1: no column is "email": there is name (name it with --map "COLUMN=email")\n',
    });
    expect(bad).toMatchObject({ status: 2, err: 'bad.csv:2: "Ada" is no email address\n' });
    expect(leads).toMatchObject({ status: 0, out: "email,created_at,owner,stage,suppressed\n" });
  });
});

test("a dry run tells and writes nothing", async () => {
  await inShop(async ({ folder, run }) => {
    const [dry, leads] = await run("import leads.csv --dry-run", "export --format jsonl");
    expect(dry!.status).toBe(0);
    expect(dry!.out).toContain("2 created, 0 changed, 0 unchanged, 1 bad\nA dry run: nothing was changed.\n");
    expect(existsSync(join(folder, "leads.csv.bad.csv"))).toBe(false);
    expect(leads!.out).toBe("");
  });
});

test("import tells where kindling.yaml is not what is applied, since its attributes count", async () => {
  await inShop(async ({ folder, run }) => {
    await run("import leads.csv");
    await writeFile(join(folder, "config", "kindling.yaml"), `${KINDLING}topics: [{ topic: news }]\n`);
    const [again] = await run("import leads.csv");
    expect(again!.err).toContain(
      "config/kindling.yaml is not what is applied; `kindling start` applies it\n",
    );
  });
});

test("segments says how many leads are in each", async () => {
  await inShop(async ({ folder, run }) => {
    const [none] = await run("segments");
    expect(none!.out).toBe("No segment yet. They are named in config/segments.yaml.\n");
    await writeFile(
      join(folder, "config", "segments.yaml"),
      "segments:\n  - { segment: big, title: Big ones, when: { attribute: employees, over: 5 } }\n  - { segment: all-of-them, when: { did: lead.created } }\n",
    );
    await rm(join(folder, "k.db"));
    const [, text, json] = await run("import leads.csv", "segments", "segments --json");
    expect(text!.out).toBe("1  big          Big ones\n2  all-of-them\n");
    expect(JSON.parse(json!.out)).toEqual({
      segments: [
        { segment: "big", title: "Big ones", members: 1 },
        { segment: "all-of-them", title: "all-of-them", members: 2 },
      ],
      leads: { taken: 2, total: 2 },
    });
  });
});

test("an export takes a condition, and says where one is wrong", async () => {
  await inShop(async ({ run }) => {
    const [, few, wrong, events, odd] = await run(
      "import leads.csv",
      'export --where "{ attribute: employees, over: 5 }" --format jsonl',
      'export --where "{ attribute: employes, over: 5 }"',
      'export events --where "{ attribute: employees, over: 5 }"',
      'export --where "{ did: page.viewd }" --format jsonl',
    );
    expect(
      few!.out
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { email: string }).email),
    ).toEqual(["b@x.example"]);
    expect(wrong).toEqual({
      status: 2,
      out: "",
      err: '--where:1:14: there is no attribute "employes" (did you mean "employees"?)\n',
    });
    expect(events).toMatchObject({ status: 2, out: "" });
    expect(odd).toEqual({
      status: 0,
      out: "",
      err: '--where:1:8: warning: "page.viewd" is no event of the catalogue (did you mean "page.viewed"?)\n',
    });
  });
});

test("what is exported is what was imported, also one person's whole record", async () => {
  await inShop(async ({ folder, run }) => {
    await writeFile(
      join(folder, "events.jsonl"),
      '{"email":"a@x.example","type":"page.viewed","at":"2026-01-02T00:00:00Z","properties":{"path":"/"}}\n',
    );
    const [, events, leads, log, lead, nobody, nothing] = await run(
      "import leads.csv",
      "import events.jsonl --events",
      "export --out out.jsonl",
      "export events --format jsonl",
      "export --lead A@x.example",
      "export --lead nobody@x.example",
      "export reps",
    );
    expect(events!.out).toContain("1 recorded, 0 known already, 0 new leads, 0 bad\n");
    expect(leads).toEqual({ status: 0, out: "", err: "out.jsonl: 2 leads\n" });
    const [first] = (await readFile(join(folder, "out.jsonl"), "utf8")).split("\n");
    expect(JSON.parse(first!)).toMatchObject({ email: "a@x.example", attributes: { employees: 5 } });
    const lines = log!.out.trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
      "page.viewed",
      "lead.created",
      "lead.created",
    ]);
    expect(JSON.parse(lead!.out)).toMatchObject({
      email: "a@x.example",
      attributes: { employees: 5 },
      log: [{ type: "page.viewed" }, { type: "lead.created" }],
    });
    expect(nobody).toEqual({ status: 2, out: "", err: "there is no lead nobody@x.example\n" });
    expect(nothing!.status).toBe(2);
  });
});

test("the suppression list is kept from the command line", async () => {
  await inShop(async ({ folder, run }) => {
    await writeFile(join(folder, "out.txt"), "s@x.example\nt@x.example\n");
    const [, added, brought, list, leads, removed, wrong] = await run(
      "import leads.csv",
      'suppress add a@x.example s@x.example --reason "by phone"',
      "suppress import out.txt",
      "suppress list --json",
      "export",
      "suppress remove a@x.example z@x.example",
      'suppress add "no address"',
    );
    expect(added!.out).toBe("2 added, 0 on the list already\n");
    expect(brought!.out).toContain("1 suppressed, 1 known already, 0 bad\n");
    const listed = list!.out.trimEnd().split("\n");
    const emails = listed.map((line) => (JSON.parse(line) as { email: string | null }).email);
    expect(emails).toHaveLength(3);
    expect(emails.filter((email) => email !== null)).toEqual(["a@x.example"]);
    expect(leads!.out).toMatch(/^a@x.example,[^,]+,,lead,by phone,/m);
    expect(removed!.out).toBe("1 removed, 1 not on the list\n");
    expect(wrong).toEqual({ status: 2, out: "", err: '"no address" is no email address\n' });
  });
});

test("erase forgets a person for good, asks before it does, and says what it did", async () => {
  await inShop(async ({ run }) => {
    const [, unasked, done, gone, again, wrong] = await run(
      "import leads.csv",
      "erase a@x.example",
      "erase A@x.example --yes --json",
      "export --lead a@x.example",
      "erase a@x.example --yes",
      "erase nobody --yes",
    );
    expect(unasked).toMatchObject({ status: 2, out: "" });
    expect(unasked!.err).toContain("--yes");
    expect(done).toEqual({ status: 0, out: '{"erased":true,"lead":true}\n', err: "" });
    expect(gone).toMatchObject({ status: 2, out: "" });
    expect(again).toMatchObject({ status: 0, err: "" });
    expect(again!.out).toContain("was no lead");
    expect(wrong).toMatchObject({ status: 2, out: "" });
  });
});
