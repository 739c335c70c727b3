import type { Case, Context, Row } from "../case.ts";
import { repeated, said, tooMany } from "../counts.ts";
import type { House } from "../house.ts";

const CONNECTIONS = 5;
/** A lease lives for a minute; then what it held is in doubt, or sent again. */
const LEASES_ENDED = 180_000;

/** SIGKILL while mails leave, again and again. */
export const killSender: Case = {
  name: "kill-sender",
  // Side by side: a good part of each is waiting for the last leases to run out.
  run: (context) => Promise.all([neverTwice(context), retry(context)]),
};

async function neverTwice(context: Context): Promise<Row> {
  const { kills, leads, sink, rows, listed } = await killedRun(context, "never_twice");
  const most = kills * CONNECTIONS;
  const counts = sink.counts();
  const of = (state: string) => rows.filter((row) => row.state === state);
  const inDoubt = of("in_doubt");
  const lost = leads.filter((email) => !counts.has(email) && !listed.has(email)).length;
  const neverArrived = of("sent").filter(({ recipient }) => !counts.has(recipient)).length;
  const twice = tooMany(sink);
  const unlisted = inDoubt.filter(({ recipient }) => !listed.has(recipient)).length;
  const other = rows.length - of("sent").length - inDoubt.length;
  return {
    case: `SIGKILL ${kills} times during ${leads.length.toLocaleString("en")} mails, never_twice`,
    expected: `0 lost, 0 twice; every mail in doubt listed, at most ${most}`,
    got: said(
      [lost + neverArrived, "lost"],
      [twice, "twice"],
      [inDoubt.length, "in doubt"],
      [unlisted, "of them not listed"],
      [other, "in another state"],
    ),
    ok:
      [lost, neverArrived, twice, unlisted, other].every((count) => count === 0) &&
      listed.size === inDoubt.length &&
      inDoubt.length <= most &&
      rows.length === leads.length,
  };
}

async function retry(context: Context): Promise<Row> {
  const { kills, leads, sink, rows } = await killedRun(context, "retry");
  const counts = sink.counts();
  const lost = leads.filter((email) => !counts.has(email)).length;
  const again = repeated(sink);
  const twice = tooMany(sink);
  // Nothing here is refused, so that who was tried more than once was in doubt in between.
  const tries = new Map(rows.map(({ recipient, attempt }) => [recipient, attempt]));
  const doubts = rows.reduce((sum, { attempt }) => sum + attempt - 1, 0);
  const undoubted = again.filter(({ to, times, ids }) => ids > 1 || times > (tries.get(to) ?? 0)).length;
  const unsent = rows.filter(({ state }) => state !== "sent").length;
  return {
    case: `SIGKILL ${kills} times during ${leads.length.toLocaleString("en")} mails, retry`,
    expected: "0 lost; twice, under the same Message-ID, only what was in doubt",
    got: said(
      [lost, "lost"],
      [twice, "twice"],
      [doubts, "in doubt"],
      [undoubted, "twice without doubt"],
      [unsent, "in another state than sent"],
    ),
    ok: lost === 0 && undoubted === 0 && unsent === 0 && twice <= doubts && rows.length === leads.length,
  };
}

async function killedRun(context: Context, inDoubt: "never_twice" | "retry") {
  const leadCount = context.scaled(10_000);
  const kills = context.scaled(50);
  // A server that takes a moment over its answer: what is killed then has arrived, and nobody knows.
  const sink = await context.openSink({ pause: () => context.random() * 10 });
  const house = await context.openHouse({ smtpUrl: sink.url, mail: `in_doubt: ${inDoubt}` });
  const say = (text: string) => context.say(`${inDoubt}: ${text}`);
  let product = await house.start();
  const leads = await house.addLeads(leadCount);
  // What is in doubt may never arrive.
  const most = leadCount * 0.95 - kills * CONNECTIONS;
  for (let done = 0; done < kills; done++) {
    const { length: arrived } = sink.mails;
    await sink.reached(Math.min(most, arrived + gap(context, most - arrived, kills - done)));
    await new Promise((resolve) => setTimeout(resolve, context.random() * 20));
    await product.kill("SIGKILL");
    if (done % 10 === 0 || done === kills - 1) {
      say(`killed ${done + 1} times, ${sink.mails.length} of ${leadCount} mails have arrived`);
    }
    product = await house.start();
  }
  await house.until("every mail has left or is in doubt", LEASES_ENDED, async (db) => {
    const left = await db
      .selectFrom("messages")
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .where("state", "not in", ["queued", "sending"])
      .executeTakeFirstOrThrow();
    return Number(left.count) === leadCount;
  });
  const listed = await listInDoubt(house);
  await product.kill("SIGTERM");
  const rows = await house.read((db) =>
    db.selectFrom("messages").select(["recipient", "state", "attempt"]).execute(),
  );
  return { kills, leads, sink, rows, listed };
}

/** So many more mails arrive before the next kill: from one to twice the even share of what is left. */
function gap({ random }: Context, left: number, kills: number): number {
  return 1 + Math.floor(random() * Math.max(1, (2 * left) / kills));
}

/** What a person sees who asks for it. */
async function listInDoubt(house: House): Promise<Set<string>> {
  const emails = new Set<string>();
  let cursor: string | null = "";
  while (cursor !== null) {
    const page = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const answer = await house.api("GET", `/api/messages?state=in_doubt${page}`);
    const body = (await answer.json()) as { messages: { email: string }[]; next_cursor: string | null };
    for (const { email } of body.messages) emails.add(email);
    cursor = body.next_cursor;
  }
  return emails;
}
