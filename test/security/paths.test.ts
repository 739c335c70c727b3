import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSettings } from "../../src/config/settings-file.ts";
import { readYaml } from "../../src/config/yaml.ts";
import { openSigner } from "../../src/email/dkim-key.io.ts";
import { openProgramme, readProgrammeFiles } from "../../src/programme/files.io.ts";
import { loadProgramme } from "../../src/programme/load.ts";
import { compileOnce } from "../compile-once.ts";
import { temporaryFolder } from "../database.ts";
import { bring, fileOf } from "../lifecycle/import-house.ts";
import { COMPANY } from "./company.ts";
import { openServer, SECRET, type Server } from "./server.ts";

const CANARY = "the canary of a file that nobody may read";

let server: Server;

beforeAll(async () => {
  server = await openServer();
  writeFileSync(join(server.folder, "secret.txt"), CANARY);
});
afterAll(() => server.close());

describe("no file is read by an address", () => {
  const up = ["..", "%2e%2e", "%2E.", "..%00", "....", "%252e%252e", "..;", "%c0%ae%c0%ae"];
  const slashes = ["/", "%2f", "\\", "%5c", "%252f", "//"];
  const targets = ["secret.txt", "etc/passwd", "config/kindling.yaml", "kindling.db", "package.json"];
  const roots = ["/", "/t/", "/t/k.js/", "/t/o/", "/t/v/", "/r/", "/leads/", "/segments/", "/sequences/"];
  const more = [
    "/versions/",
    "/mailbox/",
    "/dashboard.css/",
    "/api/",
    "/api/leads/",
    "/api/docs/",
    "/hooks/",
  ];

  test("that goes up, spelt in every way", async () => {
    const statuses = new Set<number>();
    let place = 0;
    for (const root of [...roots, ...more]) {
      for (const dots of up) {
        // Each slash and each file in its turn.
        const slash = slashes[place++ % slashes.length]!;
        const target = targets[place % targets.length]!;
        const path = root + `${dots}${slash}`.repeat(6) + target.replaceAll("/", slash);
        const { status, text } = await server.ask(path, { as: "admin" });
        expect(text, path).not.toMatch(/root:.*:0:0:|"devDependencies"|^SQLite format|^announce: /m);
        expect(text, path).not.toContain(CANARY);
        expect(text, path).not.toContain(SECRET);
        statuses.add(status);
      }
    }
    expect([...statuses].filter((status) => status < 400 && status !== 200)).toEqual([]);
    // 200: the pixel, which is the same whatever is asked for.
    expect((await server.ask("/t/o/../../secret.txt")).status).toBe(404);
  });

  test.each([
    "GET file:///etc/passwd HTTP/1.1",
    "GET http://127.0.0.1/../../etc/passwd HTTP/1.1",
    "GET /../../../../etc/passwd HTTP/1.1",
    "GET \\..\\..\\etc\\passwd HTTP/1.1",
    "GET //etc/passwd HTTP/1.1",
    "GET /etc/passwd\0.html HTTP/1.1",
  ])("%j", async (line) => {
    const answer = await server.raw(`${line}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 4/);
    expect(answer).not.toContain("root:");
  });
});

describe("no file is read by a name in the configuration", () => {
  const check = async (changes: Readonly<Record<string, string>>) => {
    const loaded = await loadProgramme(new Map(Object.entries({ ...COMPANY, ...changes })), compileOnce);
    return "problems" in loaded ? loaded.problems.map(({ message }) => message).join("\n") : "";
  };
  const welcome = (template: string) => ({
    "config/sequences/welcome.yaml": `sequence: welcome\nenter: [{ event: a.b }]\nsteps: [{ send: "${template}" }]\n`,
  });

  test.each([
    "../secret",
    "../../etc/passwd",
    "/etc/passwd",
    "welcome/../../secret",
    "..\\\\secret",
    "welcome/hello.mjml",
  ])("of a template: %s", async (name) => {
    expect(await check(welcome(name))).not.toBe("");
  });

  test("of a key: what stands in another file is told by nobody", () => {
    const settings = (file: string) => {
      const text = `company: { name: A, address: B }
mail: { from: a@acme.example, dkim: { domain: acme.example, selector: k, key_file: ${JSON.stringify(file)} } }`;
      const read = readSettings(readYaml("kindling.yaml", text).source!);
      if (!("value" in read)) throw new Error("these settings can be read");
      return read.value.mail;
    };
    for (const file of ["secret.txt", "../secret.txt", join(server.folder, "secret.txt"), "/etc/passwd"]) {
      const told = () => openSigner(settings(file), join(server.folder, "config"));
      expect(told).toThrow(/key_file/);
      expect(told).not.toThrow(/canary|root:/);
    }
  });
});

describe("a link out of templates/ is refused", () => {
  const folder = () => {
    const made = temporaryFolder();
    for (const path of Object.keys(COMPANY)) {
      mkdirSync(join(made, path, ".."), { recursive: true });
      writeFileSync(join(made, path), COMPANY[path]!);
    }
    writeFileSync(join(made, "secret.mjml"), `---\nsubject: ${CANARY}\n---\n<mj-section></mj-section>\n`);
    return made;
  };
  const read = (made: string) => openProgramme(join(made, "config"), join(made, "templates"), compileOnce);

  test.each(["welcome/linked.mjml", "partials/linked.mjml", "layouts/linked.mjml", "welcome/hello.txt"])(
    "as %s",
    async (name) => {
      const made = folder();
      mkdirSync(join(made, "templates/partials"), { recursive: true });
      symlinkSync(join(made, "secret.mjml"), join(made, "templates", name));
      await expect(read(made)).rejects.toThrow(`is a link that leads out of ${join(made, "templates")}`);
      await expect(read(made)).rejects.not.toThrow(CANARY);
    },
  );

  test("as a folder: nothing in it is a template", async () => {
    const made = folder();
    mkdirSync(join(made, "elsewhere"));
    writeFileSync(join(made, "elsewhere/linked.mjml"), readFileSync(join(made, "secret.mjml")));
    symlinkSync(join(made, "elsewhere"), join(made, "templates/elsewhere"));
    const files = await readProgrammeFiles(join(made, "config"), join(made, "templates"));
    expect([...files.keys()].filter((path) => path.includes("linked"))).toEqual([]);
  });

  test("but one inside it is a template, and the folder itself may be a link", async () => {
    const made = folder();
    symlinkSync("hello.mjml", join(made, "templates/welcome/linked.mjml"));
    symlinkSync(join(made, "templates"), join(made, "shared"));
    const files = await readProgrammeFiles(join(made, "config"), join(made, "shared"));
    expect(files.get("templates/welcome/linked.mjml")).toBe(COMPANY["templates/welcome/hello.mjml"]);
  });
});

test("an import of a folder or of no file is refused, and a path is no address", async () => {
  const { spine } = server.app;
  for (const file of ["../..", ".", "/", "", "\0", "/etc/passwd\0.csv", server.folder])
    await expect(bring(spine, file)).rejects.toThrow(/can.t be read|is a folder|no such file|null bytes/i);
  const named = await fileOf("email,company\n../../etc/passwd,x\n", "csv");
  expect(await bring(spine, named)).toMatchObject({ created: 0, bad: 1 });
});
