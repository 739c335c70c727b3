import { spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../docs.ts";
import { inFolder } from "./process.ts";

const KINDLING = join(ROOT, "bin/kindling.js");
const FILES = ["--config", join(ROOT, "config"), "--templates", join(ROOT, "templates")];

/** The whole command line, as it is built; `folder` is where it runs and may write. */
function kindling(folder: string, options: readonly string[], variables: NodeJS.ProcessEnv = {}) {
  const ran = spawnSync(process.execPath, [KINDLING, ...options], {
    cwd: folder,
    env: { PATH: process.env["PATH"], LOG_LEVEL: "warn", ...variables },
    encoding: "utf8",
    timeout: 30_000,
  });
  return { status: ran.status, out: ran.stdout, err: ran.stderr };
}

test("a mistake in the options is one line on stderr that says where help is, and the status is 2", async () => {
  await inFolder(async (folder) => {
    expect(kindling(folder, ["chek"])).toEqual({
      status: 2,
      out: "",
      err: "error: unknown command 'chek' (Did you mean check?) (--help says more)\n",
    });
    expect(kindling(folder, ["keys", "add"])).toEqual({
      status: 2,
      out: "",
      err: "error: required option '--role <role>' not specified (--help says more)\n",
    });
  });
});

test("a server whose port is taken says so and ends", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  const port = typeof address === "object" && address ? address.port : 0;
  try {
    await inFolder(async (folder) => {
      expect(kindling(folder, ["start", ...FILES], { PORT: String(port) })).toEqual({
        status: 2,
        out: "",
        err: expect.stringMatching(
          `^PORT: ${port} is taken by another process; choose another, like PORT=\\d+\n$`,
        ),
      });
    });
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});

test("a host that is none is a mistake of HOST", async () => {
  await inFolder(async (folder) => {
    expect(kindling(folder, ["keys", "list"], { HOST: "256.1.1.1" })).toEqual({
      status: 2,
      out: "",
      err: 'HOST: "256.1.1.1" is no address or name of a machine\n',
    });
  });
});

test("simulate that can't write its log says so in one line", async () => {
  await inFolder(async (folder) => {
    const span = ["--from", "2026-01-05T00:00:00Z", "--until", "2026-01-06T00:00:00Z"];
    const nothing = ["--leads", "/dev/null", "--script", "/dev/null"];
    expect(kindling(folder, ["simulate", ...FILES, ...nothing, ...span, "--out", "no/log.jsonl"])).toEqual({
      status: 2,
      out: "",
      err: "no/log.jsonl: can't be written (ENOENT)\n",
    });
  });
});

test("whoever reads may have had enough: no failure", async () => {
  const child = spawn(process.execPath, [KINDLING, "schema"]);
  child.stdout.once("data", () => child.stdout.destroy());
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const status = await new Promise((resolve) => child.on("close", resolve));
  expect({ status, err }).toEqual({ status: 0, err: "" });
});
