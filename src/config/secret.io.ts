import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * The secrets that sign tokens and key the suppression list: those given, else one that is made at first use and kept
 * in `<database>.secret`, readable by its owner alone.
 */
export function readSecrets(given: readonly string[], databaseUrl: string): readonly string[] {
  if (given.length > 0) return given;
  if (databaseUrl === "sqlite::memory:") return [randomBytes(32).toString("base64url")];
  const path = secretFile(databaseUrl);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${randomBytes(32).toString("base64url")}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    // It is there already, made by an earlier start or by another process a moment ago.
    if ((error as { code?: string }).code !== "EEXIST") throw error;
  }
  return [readFileSync(path, "utf8").trim()];
}

/** Where the secret is kept that nobody gave. */
export function secretFile(databaseUrl: string): string {
  return databaseUrl.startsWith("sqlite:")
    ? `${databaseUrl.slice("sqlite:".length).replace(/^\/\/(?=\/)/, "")}.secret`
    : "data/kindling.secret";
}
