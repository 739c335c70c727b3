#!/usr/bin/env node
// Kindling needs Node 24; `npm ci` puts one into node_modules where this machine's own is older.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../dist/src/main.js", import.meta.url));
const own = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));
if (Number(process.versions.node.split(".")[0]) >= 24 || !existsSync(own)) await import(main);
else {
  const { status, signal } = spawnSync(own, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  process.exitCode = signal ? 1 : (status ?? 1);
}
