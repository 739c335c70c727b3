import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { migrateToLatest } from "../src/db/migrate.store.ts";
import { openDatabase } from "../src/db/open.io.ts";
import { startPostgres } from "./postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Of a server whose database `template1` is migrated, so that each new one is; null where none could start. */
    postgresUrl: string | null;
    /** A folder that goes when all tests have ended; a migrated SQLite database, `migrated.db`, is in it. */
    folder: string;
  }
}

/** Once a run: a folder and one PostgreSQL for all suites, gone and stopped at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "kindling-test-"));
  project.provide("folder", folder);
  const stop = await provideDatabases(project, folder);
  return async () => {
    await stop?.();
    rmSync(folder, { recursive: true, force: true });
  };
}

async function provideDatabases(
  project: TestProject,
  folder: string,
): Promise<(() => Promise<void>) | undefined> {
  await migrate(`sqlite:${join(folder, "migrated.db")}`);
  const server = await startPostgres().catch((error: unknown) => {
    console.warn(`PostgreSQL could not start here, so its suites are SKIPPED: ${String(error)}`);
  });
  if (!server) {
    project.provide("postgresUrl", null);
    return undefined;
  }
  try {
    await migrate(server.url.replace(/postgres$/, "template1"));
    project.provide("postgresUrl", server.url);
    return () => server.stop();
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function migrate(url: string): Promise<void> {
  const database = await openDatabase(url);
  await migrateToLatest(database.kysely);
  await database.close();
}
