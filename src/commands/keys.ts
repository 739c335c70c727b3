import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { suggest } from "../config/nearest.ts";
import { InputError } from "../config/problems.ts";
import { formatInstant } from "../instant.ts";
import { addKey, listKeys, revokeKey, ROLES, type ApiKey, type Role } from "../web/keys.store.ts";
import { withDatabase } from "./database.io.ts";

interface AddOptions {
  readonly role: string;
  readonly name: string;
  readonly rep?: string;
  readonly json?: boolean;
}

export function keysCommand(program: Command): void {
  const keys = program.command("keys").description("who may use the API");
  keys
    .command("add")
    .description("make a key; it is printed once and can't be shown again")
    .requiredOption("--role <role>", `one of ${ROLES.join(", ")}`)
    .requiredOption("--name <name>", "what it is for")
    .option("--rep <rep>", "whose leads a key with the role rep sees")
    .option("--json", "print JSON")
    .action(add);
  keys
    .command("list")
    .description("the keys there are, without what they say")
    .option("--json", "print JSON")
    .action(list);
  keys
    .command("revoke")
    .description("refuse a key from now on")
    .argument("<id>", "its number, as `keys list` shows it")
    .action(revoke);
}

async function add({ role, name, rep, json }: AddOptions): Promise<void> {
  const wanted = ROLES.find((one) => one === role);
  if (!wanted) {
    const hint = suggest(role, ROLES);
    throw new InputError(`--role: there is no role "${role}" (${hint})`);
  }
  if (name.trim() === "") throw new InputError("--name must say what the key is for");
  checkRep(wanted, rep);
  await withDatabase(async (db) => {
    const given = { name: name.trim(), role: wanted, rep: rep ?? null };
    const { id, key } = await db.unit((trx) => addKey(trx, given, systemClock.now()));
    print(json ? JSON.stringify({ id, ...given, key }) : key);
  });
}

function checkRep(role: Role, rep: string | undefined): void {
  if (role === "rep" && !rep)
    throw new InputError("--rep: a key with the role rep needs to know whose it is");
  if (role !== "rep" && rep) throw new InputError(`--rep is for the role rep, not for ${role}`);
}

async function list({ json }: { readonly json?: boolean }): Promise<void> {
  await withDatabase(async (db) => {
    const keys = await listKeys(db.kysely);
    if (json) return print(JSON.stringify(keys.map(jsonOf), null, 2));
    if (keys.length === 0)
      print("There are no keys yet: `kindling keys add --role ingest --name website` makes one.");
    for (const key of keys) print(lineOf(key));
  });
}

function jsonOf({ id, name, role, rep, createdAt, revokedAt }: ApiKey) {
  return {
    id,
    name,
    role,
    rep,
    created_at: formatInstant(createdAt),
    revoked_at: revokedAt === null ? null : formatInstant(revokedAt),
  };
}

function lineOf({ id, name, role, rep, createdAt, revokedAt }: ApiKey): string {
  const whose = rep === null ? role : `${role} ${rep}`;
  const revoked = revokedAt === null ? "" : `  revoked ${formatInstant(revokedAt)}`;
  return `${String(id).padStart(4)}  ${whose.padEnd(16)}  ${formatInstant(createdAt)}  ${name}${revoked}`;
}

async function revoke(text: string): Promise<void> {
  const id = Number(text);
  if (!Number.isSafeInteger(id))
    throw new InputError(`"${text}" is no key's number; see \`kindling keys list\``);
  await withDatabase(async (db) => {
    if (!(await db.unit((trx) => revokeKey(trx, id, systemClock.now()))))
      throw new InputError(`there is no key ${id} in use; see \`kindling keys list\``);
    print(`Key ${id} is refused from now on.`);
  });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
