import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { scenarioFile } from "../planning/scenario-file.ts";
import { jsonSchema, jsonSchemas } from "../programme/describe.ts";

export function schemaCommand(program: Command): void {
  program
    .command("schema")
    .description("print JSON Schemas of the files in config/, so that editors complete and check them")
    .option("--out <dir>", "write one file for each kind instead: kindling.schema.json, …")
    .action(schema);
}

async function schema({ out }: { out?: string }): Promise<void> {
  const schemas = { ...jsonSchemas(), scenarios: jsonSchema(scenarioFile, "config/scenarios/*.yaml") };
  if (out === undefined) {
    process.stdout.write(`${JSON.stringify(schemas, null, 2)}\n`);
    return;
  }
  await mkdir(out, { recursive: true });
  for (const [kind, described] of Object.entries(schemas)) {
    const path = join(out, `${kind}.schema.json`);
    await writeFile(path, `${JSON.stringify(described, null, 2)}\n`);
    process.stdout.write(`${path}\n`);
  }
}
