import { openApp } from "../../src/app.ts";
import { systemClock } from "../../src/clock.ts";
import { readEnvironment } from "../../src/config/environment.io.ts";
import { walk } from "../../src/jobs.ts";

// A worker as `kindling start` runs it, for tests that end it without warning: config, templates.
const [config, templates] = process.argv.slice(2) as [string, string];
const app = await openApp({ config, templates, apply: true, serve: true, environment: readEnvironment() });
await walk(app.jobs, systemClock, new AbortController().signal, (job, error) => {
  process.stderr.write(`${job}: ${String(error)}\n`);
});
