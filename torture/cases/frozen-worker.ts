import pg from "pg";
import { sql } from "kysely";
import type { Db } from "../../src/db/tables.ts";
import { startPostgres, type PostgresServer } from "../../test/postgres.ts";
import type { Case, Context, Row } from "../case.ts";
import { said, tooMany } from "../counts.ts";
import type { House } from "../house.ts";
import type { Product } from "../product.ts";
import { reached } from "../reached.ts";
import type { Sink } from "../sink.ts";

const TITLE = "two workers on PostgreSQL, one frozen past its lease, then woken";
/** A lease lives for a minute. */
const LEASES_ENDED = 180_000;

/** SIGSTOP for one of two workers; SIGCONT when the other has had time to take over. */
export const frozenWorker: Case = {
  name: "frozen-worker",
  async run(context) {
    let server: PostgresServer;
    try {
      server = await startPostgres();
    } catch (error) {
      const got = `not shown: PostgreSQL could not start here (${String(error)})`;
      return [{ case: TITLE, expected: "nothing twice; its late answers refused", got, ok: false }];
    }
    context.closing({ close: () => server.stop() });
    // Side by side: most of each is waiting for a lease to run out.
    return Promise.all([
      sleepsThrough(context, server),
      wakesDuringRetry(context, server),
      freezesInTransaction(context, server),
    ]);
  },
};

/** What it held is in doubt by the time that it wakes. */
async function sleepsThrough(context: Context, server: PostgresServer): Promise<Row> {
  const scene = await begin(context, server, "never_twice");
  const held = await freeze(context, scene, isOutsideTransactions);
  const other = await scene.house.start({ role: "worker" });
  await allDone(scene);
  scene.frozen.signal("SIGCONT");
  const refused = await refusals(scene, held);
  await scene.frozen.kill("SIGTERM");
  await other.kill("SIGTERM");
  const rows = await messages(scene);
  const inDoubt = rows.filter(({ state }) => state === "in_doubt");
  const lost = lostOf(scene, new Set(inDoubt.map(({ recipient }) => recipient)));
  const twice = tooMany(scene.sink);
  const changed = held.length - inDoubt.filter(({ id }) => held.includes(id)).length;
  return {
    case: TITLE,
    expected: "nothing lost, nothing twice; its late answers refused, its mails in doubt",
    got: said(
      [lost, "lost"],
      [twice, "twice"],
      [held.length, "late answers"],
      [refused, "refused"],
      [inDoubt.length, "in doubt"],
    ),
    ok:
      lost === 0 && twice === 0 && refused === held.length && changed === 0 && inDoubt.length === held.length,
  };
}

/** What it held is being sent again, under the next attempt number, when it wakes. */
async function wakesDuringRetry(context: Context, server: PostgresServer): Promise<Row> {
  const scene = await begin(context, server, "retry");
  const hasArrived = (recipient: string) => scene.sink.mails.some(({ to }) => to === recipient);
  // All that it holds has arrived, so that nothing but its late answers is left to it.
  const held = await freeze(
    context,
    scene,
    async (db, held) =>
      (await isOutsideTransactions(db)) && held.every(({ recipient }) => hasArrived(recipient)),
  );
  const heldTo = (await messages(scene))
    .filter(({ id }) => held.includes(id))
    .map(({ recipient }) => recipient);
  // The second attempts hang in the server's hands until the frozen one has woken.
  const woken = Promise.withResolvers<void>();
  scene.unanswered = new Map(heldTo.map((to) => [to, woken.promise]));
  const other = await scene.house.start({ role: "worker" });
  const toHeld = () => scene.sink.mails.filter(({ to }) => scene.unanswered.has(to)).length;
  await reached("second attempt", toHeld, 2 * held.length);
  scene.frozen.signal("SIGCONT");
  const refused = await refusals(scene, held);
  const meanwhile = (await messages(scene)).filter(({ id }) => held.includes(id));
  const untouched = meanwhile.filter(({ state, attempt }) => state === "sending" && attempt === 2).length;
  woken.resolve();
  await allDone(scene);
  await scene.frozen.kill("SIGTERM");
  await other.kill("SIGTERM");
  const rows = await messages(scene);
  const unsent = rows.filter(({ state }) => state !== "sent").length;
  const lost = lostOf(scene, new Set());
  const twice = tooMany(scene.sink);
  return {
    case: "the same under retry, woken while the other sends again",
    expected: "nothing lost; the answer to attempt 1 never ends attempt 2; twice only what was in doubt",
    got: said(
      [lost, "lost"],
      [held.length, "late answers"],
      [refused, "refused"],
      [untouched, "second attempts untouched by them"],
      [twice, "twice"],
      [unsent, "in another state than sent"],
    ),
    ok:
      lost === 0 &&
      unsent === 0 &&
      refused === held.length &&
      untouched === held.length &&
      twice === held.length,
  };
}

/** It holds the outbox's lock in an open transaction: nobody else could claim a mail. */
async function freezesInTransaction(context: Context, server: PostgresServer): Promise<Row> {
  const scene = await begin(context, server, "never_twice");
  const held = await freeze(context, scene, holdsOutbox);
  const began = performance.now();
  const arrived = scene.sink.mails.length;
  const other = await scene.house.start({ role: "worker" });
  const waited = setTimeout(() => other.signal("SIGKILL"), LEASES_ENDED);
  await Promise.race([scene.sink.reached(arrived + 10), other.ended]);
  clearTimeout(waited);
  const seconds = Math.round((performance.now() - began) / 1000);
  scene.frozen.signal("SIGCONT");
  await allDone(scene);
  await other.kill("SIGTERM");
  await scene.frozen.kill("SIGTERM");
  const rows = await messages(scene);
  const inDoubt = rows.filter(({ state }) => state === "in_doubt");
  const lost = lostOf(scene, new Set(inDoubt.map(({ recipient }) => recipient)));
  const twice = tooMany(scene.sink);
  return {
    case: "the same, frozen while it holds the outbox's lock",
    expected: "nothing lost, nothing twice; the other goes on within a minute",
    got: `${said([lost, "lost"], [twice, "twice"], [inDoubt.length, "in doubt"])}; went on after ${seconds} s`,
    ok: lost === 0 && twice === 0 && inDoubt.length <= held.length && seconds < 60,
  };
}

interface Scene {
  readonly house: House;
  readonly sink: Sink;
  readonly leads: readonly string[];
  /** The worker that is going to freeze; it answers the API too. */
  readonly frozen: Product;
  /** Recipients whose mails the server has, and does not answer before that. */
  unanswered: ReadonlyMap<string, Promise<void>>;
}

/** A server on a database of its own, in the middle of sending. */
async function begin(
  context: Context,
  server: PostgresServer,
  inDoubt: "never_twice" | "retry",
): Promise<Scene> {
  const name = `house_${Math.floor(context.random() * 1e9)}`;
  const client = new pg.Client(server.url);
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  let scene: Scene | undefined;
  const sink = await context.openSink({
    // Most of what is on its way has come and waits for its answer: the moment that is looked for is not rare.
    pause: (to) => scene?.unanswered.get(to) ?? context.random() * 50,
  });
  const house = await context.openHouse({
    smtpUrl: sink.url,
    mail: `in_doubt: ${inDoubt}`,
    databaseUrl: server.url.replace(/postgres$/, name),
  });
  const frozen = await house.start();
  const leads = await house.addLeads(context.scaled(2000) + 200);
  scene = { house, sink, leads, frozen, unanswered: new Map() };
  await sink.reached(50);
  return scene;
}

/** Stops it at a moment when it holds mails and that is so; the mails that it holds. */
async function freeze(
  { random }: Context,
  { house, frozen }: Scene,
  suits: (db: Db, held: readonly { readonly recipient: string }[]) => Promise<boolean>,
): Promise<number[]> {
  for (let tries = 0; tries < 600; tries++) {
    frozen.signal("SIGSTOP");
    // What the database was asked just now is done by then.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const held = await house.read(async (db) => {
      const sending = await db
        .selectFrom("messages")
        .select(["id", "recipient"])
        .where("state", "=", "sending")
        .execute();
      return sending.length > 0 && (await suits(db, sending)) ? sending.map(({ id }) => id) : [];
    });
    if (held.length > 0) return held;
    frozen.signal("SIGCONT");
    await new Promise((resolve) => setTimeout(resolve, random() * 10));
  }
  throw new Error("no moment to freeze it was found");
}

async function isOutsideTransactions(db: Db): Promise<boolean> {
  const found = await sql<{ open: number }>`
    select count(*) as open from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`.execute(db);
  return found.rows[0]!.open === 0;
}

async function holdsOutbox(db: Db): Promise<boolean> {
  const found = await sql<{ held: number }>`
    select count(*) as held from pg_locks join pg_stat_activity using (pid)
    where locktype = 'advisory' and granted and datname = current_database()`.execute(db);
  return found.rows[0]!.held > 0;
}

function allDone({ house, leads }: Scene): Promise<void> {
  return house.until("every mail has left or is in doubt", LEASES_ENDED, async (db) => {
    const done = await db
      .selectFrom("messages")
      .select("id")
      .where("state", "not in", ["queued", "sending"])
      .execute();
    return done.length === leads.length;
  });
}

/** Waits until the woken one has said of all of these that its answer came too late; of how many it did. */
async function refusals({ frozen }: Scene, held: readonly number[]): Promise<number> {
  for (let waited = 0; ; waited++) {
    const said = frozen.err
      .split("\n")
      .filter((line) => line.includes("a late answer is refused"))
      .map((line) => (JSON.parse(line) as { message: number }).message);
    const refused = new Set(said.filter((id) => held.includes(id)));
    if (refused.size === held.length || waited === 600) return refused.size;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function messages({ house }: Scene) {
  return house.read((db) =>
    db.selectFrom("messages").select(["id", "recipient", "state", "attempt"]).orderBy("id").execute(),
  );
}

/** Leads whose mail never arrived, without anybody saying that it may not have. */
function lostOf({ sink, leads }: Scene, inDoubt: ReadonlySet<string>): number {
  const counts = sink.counts();
  return leads.filter((email) => !counts.has(email) && !inDoubt.has(email)).length;
}
