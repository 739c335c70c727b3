import type { TestProject } from "vitest/node";
import { migrateToLatest } from "../src/db/migrate.store.ts";
import { openDatabase } from "../src/db/open.io.ts";
import { startPostgres } from "./postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Of a server whose database `template1` is migrated, so that each new one is; null where none could start. */
    postgresUrl: string | null;
  }
}

/** Once a run: one PostgreSQL for all suites, stopped at the end. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const server = await startPostgres().catch((error: unknown) => {
    console.warn(`PostgreSQL could not start here, so its suites are SKIPPED: ${String(error)}`);
  });
  if (!server) {
    project.provide("postgresUrl", null);
    return undefined;
  }
  try {
    const template = await openDatabase(server.url.replace(/postgres$/, "template1"));
    await migrateToLatest(template.kysely);
    await template.close();
    project.provide("postgresUrl", server.url);
    return () => server.stop();
  } catch (error) {
    await server.stop();
    throw error;
  }
}
