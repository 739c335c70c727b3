import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { blocksOf, ROOT } from "./docs.ts";
import { freePort } from "./free-port.ts";

const KINDLING = join(ROOT, "bin/kindling.js");
const blocks = blocksOf("README.md");

let folder: string;
let port: number;
let environment: NodeJS.ProcessEnv;
let running: ChildProcess | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kindling-tour-"));
  for (const name of ["config", "templates"])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  port = await freePort();
  environment = { PATH: process.env["PATH"], PORT: String(port), LOG_LEVEL: "warn" };
});

afterAll(async () => {
  if (running && running.exitCode === null) {
    const ended = new Promise((resolve) => running!.once("exit", resolve));
    running.kill("SIGKILL");
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

function kindling(...options: string[]): string {
  const ran = spawnSync(process.execPath, [KINDLING, ...options], {
    cwd: folder,
    env: environment,
    encoding: "utf8",
    timeout: 60_000,
  });
  expect(ran.status, ran.stderr).toBe(0);
  return ran.stdout;
}

/** Starts the server; resolves once it says where it is. */
function start(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [KINDLING, "start"], { cwd: folder, env: environment });
  let said = "";
  return new Promise((resolve, reject) => {
    const hear = (text: Buffer) => {
      said += text.toString();
      if (said.includes(`http://127.0.0.1:${port}`)) resolve(child);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("exit", (status) => reject(new Error(`start ended with ${status}: ${said}`)));
  });
}

/** The README's own `curl` lines, as requests. */
function requests(key: string): Request[] {
  const text = blocks.find(({ what }) => what === "tour")!.text.replace(/\\\n\s*/g, " ");
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const [url] = /http:\S+/.exec(line)!;
      const headers = [...line.matchAll(/-H '([^:]+): ([^']+)'/g)].map(
        ([, name, value]) => [name!, value!.replace("KEY", key)] as [string, string],
      );
      return new Request(url.replace(":3000", `:${port}`), {
        method: line.includes("-X PUT") ? "PUT" : "POST",
        headers,
        body: /-d '([^']+)'/.exec(line)![1]!,
      });
    });
}

test("the five minutes of the README end with the reader's own mail in the mailbox", async () => {
  for (const { what, text } of blocks.filter((block) => /^(config|templates)\//.test(block.what))) {
    mkdirSync(dirname(join(folder, what)), { recursive: true });
    writeFileSync(join(folder, what), text);
  }
  expect(kindling("check")).toContain("All is right");
  expect(kindling("apply", "--message", "A guide for whoever came to the webinar")).toContain("is live");
  const key = kindling("keys", "add", "--role", "ingest", "--name", "my-first").trim();

  running = await start();
  for (const request of requests(key)) expect((await fetch(request)).ok).toBe(true);
  await vi.waitFor(
    async () => {
      const mailbox = await fetch(`http://127.0.0.1:${port}/mailbox`);
      expect(mailbox.status).toBe(200);
      expect(await mailbox.text()).toContain("Ada, the guide we talked about");
    },
    { timeout: 20_000, interval: 100 },
  );

  // Another subject, while it runs.
  const guide = join(folder, "templates/my/guide.mjml");
  writeFileSync(guide, readFileSync(guide, "utf8").replace("the guide we talked about", "your guide"));
  expect(kindling("apply", "--message", "Shorter")).toContain("running processes follow");
  const [, came] = requests(key);
  const another = (await came!.text()).replace("ada@", "bob@");
  let round = 0;
  await vi.waitFor(
    async () => {
      const body = another.replace("bob@", `bob${round++}@`);
      expect((await fetch(came!.url, { method: "POST", headers: came!.headers, body })).ok).toBe(true);
      const mailbox = await fetch(`http://127.0.0.1:${port}/mailbox`);
      expect(await mailbox.text()).toContain("Hello, your guide");
    },
    { timeout: 20_000, interval: 500 },
  );
  expect(kindling("versions").split("\n")).toEqual([
    expect.stringMatching(/ live .*Shorter$/),
    expect.stringMatching(/A guide for whoever came to the webinar$/),
    "",
  ]);

  const ended = new Promise((resolve) => running!.once("exit", resolve));
  running.kill("SIGTERM");
  expect(await ended).toBe(0);
}, 90_000);
