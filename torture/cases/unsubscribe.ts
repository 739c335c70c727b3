import type { Db } from "../../src/db/tables.ts";
import type { Case } from "../case.ts";
import { said } from "../counts.ts";
import { linksOf, type Links } from "../links.ts";

/** What is on the wire when a lead leaves may still arrive. */
const GRACE = 1000;

const FILES = {
  "config/sequences/two.yaml": `sequence: two
title: The two
enter: [ { event: go.two } ]
steps:
  - send: hello
`,
};

/** Leads leave by one click while a run of mails goes out that has one for each of them. */
export const unsubscribeInRun: Case = {
  name: "unsubscribe",
  async run(context) {
    const count = context.scaled(10_000);
    const leaving = context.scaled(1000);
    const sink = await context.openSink({ pause: () => context.random() * 10 });
    const house = await context.openHouse({ smtpUrl: sink.url, files: FILES });
    const product = await house.start();
    // The first mail brings each of them the link to leave by.
    const leads = await house.addLeads(leaving);
    await sink.reached(leaving);
    const links = await Promise.all(sink.mails.map(linksOf));
    const { length: before } = sink.mails;
    const others = Array.from({ length: count - leaving }, (_, n) => `other${n}@d${n % 20}.example`);
    const run = shuffled([...leads, ...others], context.random);
    const did = async (command: string) => {
      const { status, err } = await house.run(command);
      if (status !== 0) throw new Error(`${command} failed: ${err}`);
    };
    await did("hold");
    await house.begin("two", run);
    await house.until("every mail waits", 180_000, async (db) => (await mails(db, ["queued"])) === count);
    await did("release");
    context.say("the run has begun");

    /** When each was told that they get no more mail. */
    const left = new Map<string, number>();
    const wrong: string[] = [];
    const leave = async ({ to, unsubscribe }: Links) => {
      const answer = await fetch(`${house.baseUrl}${unsubscribe}`, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: "List-Unsubscribe=One-Click",
        signal: AbortSignal.timeout(15_000),
      });
      if (answer.status !== 200) wrong.push(`${to}: ${answer.status}`);
      left.set(to, Date.now());
    };
    // Spread over the run: as many have left as mails have arrived, by share.
    for (const [index, link] of shuffled(links, context.random).entries()) {
      await sink.reached(before + Math.floor((index / leaving) * 0.8 * (count - leaving)));
      await leave(link);
    }
    await house.until(
      "every mail has left or was dropped",
      180_000,
      async (db) => (await mails(db, ["queued", "sending"])) === 0,
    );
    await product.kill("SIGTERM");
    const rows = await house.read((db) =>
      db
        .selectFrom("messages")
        .select(["recipient", "state", "reason"])
        .where("sequence", "=", "two")
        .execute(),
    );
    const second = sink.mails.slice(before);
    const late = second.map(({ to, at }) => at - (left.get(to) ?? Infinity)).filter((ms) => ms > 0);
    const tooLate = late.filter((ms) => ms > GRACE).length;
    const kept = rows.filter(({ state }) => state === "dropped").length;
    const reached = new Set(second.map(({ to }) => to));
    const stayed = run.filter((email) => !left.has(email) && !reached.has(email)).length;
    const latest = Math.max(0, ...late);
    return [
      {
        case: `${leaving.toLocaleString("en")} unsubscribe during a run of ${count.toLocaleString("en")}`,
        expected: "no mail later than one second after the answer; everybody else has theirs",
        got: `${said([tooLate, "later than a second"], [kept, "mails stopped"], [stayed, "others without theirs"])}; the latest after ${Math.round(latest)} ms`,
        ok: tooLate === 0 && wrong.length === 0 && stayed === 0 && kept > 0 && kept + second.length === count,
      },
    ];
  },
};

/** How many of the run are in these states. */
async function mails(db: Db, states: readonly string[]): Promise<number> {
  const found = await db
    .selectFrom("messages")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .where("sequence", "=", "two")
    .where("state", "in", states)
    .executeTakeFirstOrThrow();
  return found.count;
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((one) => ({ one, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);
}
