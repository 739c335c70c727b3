import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { suggest } from "../config/nearest.ts";
import { InputError } from "../config/problems.ts";
import type { Database } from "../db/open.io.ts";
import { formatInstant } from "../instant.ts";
import { normaliseEmail } from "../leads/address.ts";
import { namesIn } from "../programme/names.ts";
import { readSources } from "../programme/sources.ts";
import { appliedFiles } from "../programme/versions.store.ts";
import { hashPassword, inventPassword } from "../web/password.io.ts";
import { passwordProblem } from "../web/password.ts";
import {
  addUser,
  listUsers,
  removeUser,
  setPassword,
  USER_ROLES,
  type User,
  type UserRole,
} from "../web/users.store.ts";
import { withDatabase } from "./database.io.ts";
import { readPassword } from "./password.io.ts";

interface AddOptions {
  readonly email: string;
  readonly role: string;
  readonly rep?: string;
  readonly password?: boolean;
  readonly json?: boolean;
}

const OWN = "read the password from standard input (a terminal is asked for it) instead of making one";

export function usersCommand(program: Command): void {
  const users = program.command("users").description("who may log in to the dashboard");
  users
    .command("add")
    .description("make a user; the password is printed once and can't be shown again")
    .requiredOption("--email <email>", "the address that they log in with")
    .requiredOption("--role <role>", `one of ${USER_ROLES.join(", ")}`)
    .option("--rep <rep>", "whose leads a user with the role rep sees: a name of config/reps.yaml")
    .option("--password", OWN)
    .option("--json", "print JSON")
    .action(add);
  users
    .command("list")
    .description("the users there are, and when they logged in last")
    .option("--json", "print JSON")
    .action(list);
  users
    .command("password")
    .description("give a user another password, and log them out everywhere; it is printed once")
    .argument("<email>", "their address")
    .option("--password", OWN)
    .option("--json", "print JSON")
    .action(renew);
  users
    .command("remove")
    .description("remove a user, and log them out everywhere")
    .argument("<email>", "their address")
    .action(remove);
}

async function add(options: AddOptions): Promise<void> {
  const { role, json } = options;
  const wanted = USER_ROLES.find((one) => one === role);
  if (!wanted) throw new InputError(`--role: there is no role "${role}" (${suggest(role, USER_ROLES)})`);
  const email = addressOf(options.email, "--email: ");
  const rep = options.rep ?? null;
  checkRep(wanted, rep);
  await withDatabase(async (db) => {
    if (rep !== null) await checkName(db, rep);
    const password = await passwordOf(options);
    const user = { email, role: wanted, rep, password: await hashPassword(password.text) };
    if (!(await db.unit((trx) => addUser(trx, user, systemClock.now()))))
      throw new InputError(
        `--email: there is a user ${email} already; \`kindling users password ${email}\` gives another password`,
      );
    if (json) return print(JSON.stringify({ email, role, rep, password: password.shown }));
    print(password.shown ?? `${email} can log in with this password.`);
    await remind(db);
  });
}

function checkRep(role: UserRole, rep: string | null): void {
  if (role === "rep" && rep === null)
    throw new InputError("--rep: a user with the role rep needs to know whose leads they see");
  if (role !== "rep" && rep !== null) throw new InputError(`--rep is for the role rep, not for ${role}`);
}

/** Against what is live, if anything is. */
async function checkName(db: Database, rep: string): Promise<void> {
  const files = await appliedFiles(db.kysely);
  const reps = files ? namesIn(readSources(files), []).of.rep : undefined;
  if (!reps || reps.has(rep)) return;
  throw new InputError(`--rep: there is no rep "${rep}" in config/reps.yaml (${suggest(rep, [...reps])})`);
}

async function list({ json }: { readonly json?: boolean }): Promise<void> {
  await withDatabase(async (db) => {
    const users = await listUsers(db.kysely);
    if (json) return print(JSON.stringify(users.map(jsonOf), null, 2));
    if (users.length === 0)
      print("There are no users yet: `kindling users add --role admin --email YOU` makes one.");
    for (const user of users) print(lineOf(user));
  });
}

function jsonOf({ email, role, rep, createdAt, loggedInAt }: User) {
  return {
    email,
    role,
    rep,
    created_at: formatInstant(createdAt),
    logged_in_at: loggedInAt === null ? null : formatInstant(loggedInAt),
  };
}

function lineOf({ email, role, rep, loggedInAt }: User): string {
  const whose = rep === null ? role : `${role} ${rep}`;
  const last = loggedInAt === null ? "has not logged in yet" : `logged in ${formatInstant(loggedInAt)}`;
  return `${email.padEnd(32)}  ${whose.padEnd(16)}  ${last}`;
}

async function renew(
  text: string,
  options: { readonly password?: boolean; readonly json?: boolean },
): Promise<void> {
  const email = addressOf(text);
  await withDatabase(async (db) => {
    const password = await passwordOf(options);
    const hashed = await hashPassword(password.text);
    if (!(await db.unit((trx) => setPassword(trx, email, hashed)))) throw unknown(email);
    if (options.json) return print(JSON.stringify({ email, password: password.shown }));
    print(password.shown ?? `${email} has this password now, and is logged out everywhere.`);
  });
}

async function remove(text: string): Promise<void> {
  const email = addressOf(text);
  await withDatabase(async (db) => {
    if (!(await db.unit((trx) => removeUser(trx, email)))) throw unknown(email);
    print(`${email} is removed, and logged out everywhere.`);
    await remind(db);
  });
}

/** What follows that one may not have meant. */
async function remind(db: Database): Promise<void> {
  const users = await listUsers(db.kysely);
  if (users.length === 0)
    process.stderr.write(
      "There are no users any more: on this machine the dashboard opens without a login.\n",
    );
  else if (!users.some(({ role }) => role === "admin"))
    process.stderr.write("Nobody has the role admin: `kindling users add --role admin --email YOU`.\n");
}

function addressOf(text: string, where = ""): string {
  const email = normaliseEmail(text);
  if (email === null) throw new InputError(`${where}"${text}" is no email address`);
  return email;
}

function unknown(email: string): InputError {
  return new InputError(`there is no user ${email}; see \`kindling users list\``);
}

/** `shown` is null where whoever gave it knows it. */
async function passwordOf({
  password,
}: {
  readonly password?: boolean;
}): Promise<{ readonly text: string; readonly shown: string | null }> {
  if (!password) {
    const made = inventPassword();
    return { text: made, shown: made };
  }
  const given = await readPassword("Password: ");
  const problem = passwordProblem(given);
  if (problem !== null) throw new InputError(`--password: it ${problem}`);
  return { text: given, shown: null };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
