import { join } from "node:path";
import { inList } from "../src/db/batch.store.ts";
import { appendToInbox, type Arrival } from "../src/events/inbox.store.ts";
import { eventInput } from "../src/events/input.ts";
import { DAY, HOUR } from "../src/instant.ts";
import { advanceDue } from "../src/lifecycle/advance.run.ts";
import { drain } from "../src/lifecycle/drain.run.ts";
import { openHerd, type Herd } from "./herd.ts";
import { dice, elapsed, measure, type Bench, type Row } from "./measure.ts";

const DUE = 100;

/** The spine at 100,000 leads: hits drained, and what decay costs. */
export const spineBench: Bench = {
  name: "spine",
  async run({ quick, folder }) {
    const leads = quick ? 10_000 : 100_000;
    const many = await openHerd(`sqlite:${join(folder, "many.db")}`, leads);
    const few = await openHerd(`sqlite:${join(folder, "few.db")}`, DUE * 10 + 10);
    try {
      return [await hits(many, leads, quick), await decay(many, few, leads, quick)];
    } finally {
      await many.world.app.close();
      await few.world.app.close();
    }
  },
};

/** Opens and clicks from the inbox to their last row: verdict, fold, next crossing, written, each batch committed. */
function hits(herd: Herd, leads: number, quick: boolean): Promise<Row> {
  const { spine, clock } = herd.world;
  const { db } = spine;
  const count = quick ? 400 : 2000;
  const random = dice();
  const bare = bareInsert(herd, count);
  return measure({
    name: `a hit drained, of ${leads.toLocaleString("en")} leads`,
    unit: "µs",
    against: "a bare prepared insert of its row, in the same batches",
    rounds: quick ? 1 : 5,
    target: { of: "value", at_most: 250 },
    async value() {
      clock.jumpTo(clock.now() + HOUR / 4);
      await db.unit((trx) =>
        appendToInbox(
          trx,
          Array.from({ length: count }, () => hit(herd, random)),
        ),
      );
      return ((await elapsed(() => drain(spine))) * 1000) / count;
    },
    limit: bare,
  });
}

function hit({ world: { clock }, messages }: Herd, random: () => number): Arrival {
  const message = messages[Math.floor(random() * messages.length)]!;
  const kind = random() < 0.7 ? "open" : "click";
  const link = kind === "click" ? 0 : null;
  const properties = link === null ? {} : { link, url: "https://northbeam.example/pricing" };
  const input = eventInput(kind === "open" ? "email.opened" : "email.clicked", "lead", properties, {
    message,
    hit: { kind, link, from: "0123456789ab" },
  });
  return { to: { message }, at: clock.now(), live: true, create: "no", inputs: [input] };
}

const BATCH = 200;

function bareInsert({ world: { app, clock }, fading }: Herd, count: number): () => Promise<number> {
  const random = dice(2);
  const text = `insert into events (lead_id, at, seq, type, actor, verdict, message_id, properties, recorded_at)
    values (?, ?, ?, 'email.opened', 'lead', 'human', 1, '{}', ?)`;
  let seq = 2 ** 40;
  return async () => {
    const at = clock.now();
    const ms = await elapsed(async () => {
      for (let done = 0; done < count; done += BATCH) {
        await app.db.unit(async () => {
          const insert = app.db.raw!(text);
          for (let row = 0; row < BATCH; row++) {
            insert.run(fading[Math.floor(random() * fading.length)], at, ++seq, at);
          }
        });
      }
    });
    return (ms * 1000) / count;
  };
}

/** A hundred leads cool down among many, against a hundred among few: the cost follows what crosses. */
async function decay(many: Herd, few: Herd, leads: number, quick: boolean): Promise<Row> {
  const ofMany = await cooling(many);
  const ofFew = await cooling(few);
  return measure({
    name: `a decay job, ${DUE} due of ${leads.toLocaleString("en")} leads`,
    unit: "ms",
    against: `the same, ${DUE} due of 1,000 leads`,
    rounds: quick ? 1 : 9,
    target: { of: "ratio", at_most: 2 },
    value: ofMany,
    limit: ofFew,
  });
}

const KEPT = ["leads", "lead_state", "scores"];

/** Nobody else is due; before each round the hundred are put back to where they were. */
async function cooling({
  world: { app, spine, clock },
  fading,
  coolsAt,
}: Herd): Promise<() => Promise<number>> {
  const step = Math.floor(fading.length / DUE);
  const due = Array.from({ length: DUE }, (_, index) => fading[index * step]!);
  const raw = app.db.raw!;
  clock.jumpTo(coolsAt);
  const never = coolsAt + 3650 * DAY;
  await app.db.unit(async (trx) => {
    await trx.updateTable("lead_state").set({ due_at: never }).where("due_at", "is not", null).execute();
    await trx
      .updateTable("lead_state")
      .set({ due_at: coolsAt })
      .where(inList(trx, "lead_id", due))
      .execute();
    const list = due.join(", ");
    for (const table of KEPT) {
      const key = table === "leads" ? "id" : "lead_id";
      raw(`create table kept_${table} as select * from ${table} where ${key} in (${list})`).run();
    }
  });
  return async () => {
    await app.db.unit(async (trx) => {
      await trx
        .deleteFrom("leads")
        .where(inList(trx, "id", due))
        .execute();
      for (const table of KEPT) raw(`insert into ${table} select * from kept_${table}`).run();
    });
    let lived = 0;
    const ms = await elapsed(async () => {
      lived = await advanceDue(spine);
    });
    if (lived !== DUE) throw new Error(`${lived} leads were due instead of ${DUE}`);
    return ms;
  };
}
