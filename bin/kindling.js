#!/usr/bin/env node
// Kindling needs Node 24; `npm ci` puts one into node_modules where this machine's own is older.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../dist/src/main.js", import.meta.url));
const own = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));
if (Number(process.versions.node.split(".")[0]) >= 24 || !existsSync(own)) await import(main);
else {
  const child = spawn(own, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  // Whoever stops this process means the one that does the work.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
