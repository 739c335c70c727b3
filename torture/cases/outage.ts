import { openSink, type ReceivedMail } from "../../test/flows/sending-sink.ts";
import type { Db } from "../../src/db/tables.ts";
import type { Case, Context, Row } from "../case.ts";
import { steppedClock } from "../clock.ts";
import type { House } from "../house.ts";

const MINUTE = 60_000;
const CONNECTIONS = 5;

/** Three sequences, each of one mail, by their priority. */
const PRIORITIES = { high: 9, middle: 5, low: 1 };
const NAMES = Object.keys(PRIORITIES) as (keyof typeof PRIORITIES)[];

interface Arrival extends ReceivedMail {
  /** By the program's clock. */
  readonly at: number;
}

/** The mail server is away while mails come together; then it is back, and the rate allows two in five of them a minute. */
export const outage: Case = {
  name: "outage",
  async run(context) {
    const count = context.scaled(5000);
    const perMinute = (count * 2) / 5;
    const away = context.closing(await openSink());
    const house = await context.openHouse({
      smtpUrl: away.url,
      mail: `rate: { per_minute: ${perMinute} }`,
      files: Object.fromEntries(
        NAMES.map((name) => [`config/sequences/${name}.yaml`, sequence(name, PRIORITIES[name])]),
      ),
    });
    const clock = steppedClock(house.folder);
    const first = await house.start({ environment: clock.environment });
    // A server that has never sent anything does not start without its mail server.
    await addLeads(house, "early", 1);
    await house.until("a mail has left", 30_000, async (db) => (await countOf(db, "sent", 0)) === 1);
    await away.close();
    await addLeads(house, "", count);
    await house.until("each was tried", 120_000, async (db) => (await countOf(db, "queued", 1)) === count);
    context.say(`${count} wait`);
    await first.kill("SIGTERM");
    const product = await house.start({ environment: clock.environment });

    const arrivals: Arrival[] = [];
    const back = context.closing(
      await openSink(undefined, {
        port: Number(new URL(away.url).port),
        heard(nth) {
          const at = Date.now();
          arrivals.push({ ...back.mails[nth - 1]!, at: clock.shown(at, at).latest });
        },
      }),
    );
    const minutes: number[] = [];
    for (let due = MINUTE + 1000; arrivals.length < count; due = MINUTE) {
      const before = arrivals.length;
      await clock.step(due);
      await stillness(arrivals);
      minutes.push(arrivals.length - before);
      context.say(`${arrivals.length} have arrived`);
      if (arrivals.length === before) break;
    }
    await product.kill("SIGTERM");
    return [await judge(context, house, arrivals, { count, perMinute, minutes })];
  },
};

function sequence(name: string, priority: number): string {
  return `sequence: ${name}
title: The ${name}
enter: [ { event: go.${name} } ]
priority: ${priority}
steps:
  - send: hello
`;
}

/** All priorities mixed, so that the order of arrival says nothing of the order of leaving. */
async function addLeads(house: House, prefix: string, count: number): Promise<void> {
  for (let done = 0; done < count; done += 1000) {
    const events = Array.from({ length: Math.min(1000, count - done) }, (_, n) => {
      const name = NAMES[(done + n) % NAMES.length]!;
      return { email: `${prefix}${name}${done + n}@d${n % 20}.example`, type: `go.${name}` };
    });
    const answer = await house.api("POST", "/api/events", events);
    if (answer.status !== 202) throw new Error(await answer.text());
  }
}

async function countOf(db: Db, state: string, tries: number): Promise<number> {
  const { count } = await db
    .selectFrom("messages")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .where("state", "=", state)
    .where("tries", "=", tries)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Resolves once nothing has arrived for two seconds. */
async function stillness(arrivals: readonly Arrival[]): Promise<void> {
  for (let before = -1; before < arrivals.length;) {
    before = arrivals.length;
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

async function judge(
  context: Context,
  house: House,
  arrivals: readonly Arrival[],
  { count, perMinute, minutes }: { count: number; perMinute: number; minutes: readonly number[] },
): Promise<Row> {
  const once = new Set(arrivals.map(({ to }) => to)).size;
  const sent = await house.read((db) =>
    db.selectFrom("messages").select("id").where("state", "=", "sent").execute(),
  );
  const crowd = mostWithin(arrivals.map(({ at }) => at));
  const early = beforeTheirTurn(arrivals);
  context.say(`${minutes.join(", ")} a minute`);
  return {
    case: `the mail server down, ours started anew meanwhile, then up, with ${count} waiting`,
    expected: `each once, ${perMinute} a minute, by priority (at most ${CONNECTIONS} at a time pass each other)`,
    got: `${once} arrived, ${arrivals.length - once} twice; ${minutes.join(", ")} a minute, at most ${crowd} in any; ${early} before their turn`,
    ok:
      once === count &&
      arrivals.length === count &&
      sent.length === count + 1 &&
      crowd <= perMinute &&
      minutes.slice(0, -1).every((one) => one === perMinute) &&
      early <= CONNECTIONS * (NAMES.length - 1),
  };
}

/** The most that arrived in any (t − 1 min, t]. */
function mostWithin(instants: readonly number[]): number {
  let most = 0;
  for (let last = 0, first = 0; last < instants.length; last++) {
    while (instants[first]! <= instants[last]! - MINUTE) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

/** How many arrived before as many of a higher priority as there are had. */
function beforeTheirTurn(arrivals: readonly Arrival[]): number {
  const nameOf = ({ to }: Arrival) => NAMES.find((name) => to.startsWith(name))!;
  const inOrder = arrivals.map(nameOf).toSorted((a, b) => PRIORITIES[b] - PRIORITIES[a]);
  return arrivals.filter((one, n) => PRIORITIES[nameOf(one)] < PRIORITIES[inOrder[n]!]).length;
}
