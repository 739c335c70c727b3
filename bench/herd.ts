import type { Database } from "../src/db/open.io.ts";
import { appendToInbox } from "../src/events/inbox.store.ts";
import { eventInput, type EventInput } from "../src/events/input.ts";
import { DAY, HOUR, MINUTE, type Instant } from "../src/instant.ts";
import { drain } from "../src/lifecycle/drain.run.ts";
import { openWorld } from "../src/world.ts";
import { NOON } from "./company.ts";

/** Leads that really lived; all others are their copies. */
const MODELS = 10;
/** Apart by so much, the numbers of a copy are those of its model. */
const APART = 1000;

/** The model lead that only fades: warm by what it did, in no sequence. */
const FADING = 1;

/** Many leads over one database, on a clock that stands still. */
export interface Herd {
  readonly world: Awaited<ReturnType<typeof openWorld>>;
  /** Messages that were sent, a few a lead. */
  readonly messages: readonly number[];
  /** Leads that are warm until `coolsAt` and nothing else. */
  readonly fading: readonly number[];
  readonly coolsAt: Instant;
}

/**
 * `count` leads at `NOON`: ten lived through these days of the shipped programme, the rest copied row by row. `pages`:
 * how many each has read before.
 */
export async function openHerd(
  databaseUrl: string,
  count: number,
  { days = 20, pages = 0 }: { readonly days?: number; readonly pages?: number } = {},
): Promise<Herd> {
  const born = NOON - days * DAY;
  const world = await openWorld({
    config: "config",
    templates: "templates",
    from: born,
    seed: 1,
    databaseUrl,
  });
  const { db } = world.app;
  await world.spine.db.unit((trx) =>
    appendToInbox(
      trx,
      Array.from({ length: MODELS }, (_, index) => ({
        to: { email: `lead${index + 1}@d${index % 4}.example` },
        at: born,
        // One half is in sequences and was mailed, the other was imported.
        live: index >= MODELS / 2,
        create: "yes" as const,
        inputs: lifeOf(index + 1, born, pages),
      })),
    ),
  );
  await drain(world.spine);
  for (;;) {
    const next = await world.nextDue();
    if (next === null || next > NOON) break;
    world.clock.jumpTo(next);
    await world.settle();
  }
  world.clock.jumpTo(NOON);
  await world.settle();
  await copy(db, count / MODELS - 1);
  const messages = await db.kysely.selectFrom("messages").select("id").where("state", "=", "sent").execute();
  const fading = await db.kysely
    .selectFrom("lead_state")
    .select(["lead_id", "due_at"])
    .where((where) => where(where.ref("lead_id"), ">", APART))
    .where((where) => where(where("lead_id", "%", APART), "=", FADING))
    .execute();
  return {
    world,
    messages: messages.map(({ id }) => id),
    fading: fading.map(({ lead_id }) => lead_id),
    coolsAt: fading[0]!.due_at!,
  };
}

function lifeOf(lead: number, born: Instant, pages: number): EventInput[] {
  const attributes = {
    authority: "decides",
    employees: 20 * lead,
    industry: "logistics",
    first_name: `N${lead}`,
    country: "DE",
  };
  const acts: [string, Record<string, unknown>][] = [
    ["page.viewed", { path: "/pricing" }],
    ["content.downloaded", { file: "roster.pdf" }],
    ["page.viewed", { path: "/case-studies/alder-care" }],
    ["webinar.registered", {}],
  ];
  const read = Array.from({ length: pages }, (_, n) =>
    eventInput("page.viewed", "lead", { path: `/blog/${n}` }, { at: born - 5 * HOUR + n * MINUTE }),
  );
  return [
    eventInput("lead.created", "system", { attributes }, { at: born - 5 * HOUR }),
    ...read,
    ...acts
      .slice(0, 1 + (lead % acts.length))
      .map(([type, properties], n) => eventInput(type, "lead", properties, { at: born - (4 - n) * HOUR })),
  ];
}

const NUMBERS: Readonly<Record<string, readonly string[]>> = {
  leads: ["id"],
  lead_state: ["lead_id"],
  scores: ["lead_id"],
  enrolments: ["id", "lead_id"],
  messages: ["id", "lead_id", "enrolment_id"],
  events: ["lead_id", "message_id"],
  segment_members: ["lead_id"],
};

/** Copies every model so many times, numbers moved along; texts that must be unique begin with the copy's number. */
async function copy(db: Database, times: number): Promise<void> {
  const raw = db.raw!;
  await db.unit(async () => {
    for (const [table, numbers] of Object.entries(NUMBERS)) {
      const columns = (raw(`select name from pragma_table_info('${table}')`).all() as { name: string }[]).map(
        ({ name }) => name,
      );
      const values = columns.map((column) => {
        if (numbers.includes(column)) return `${column} + n * ${APART}`;
        return column === "email" || column === "message_key" ? `n || '-' || ${column}` : column;
      });
      const key = numbers.includes("lead_id") ? "lead_id" : "id";
      raw(
        `with recursive copies(n) as (select 1 union all select n + 1 from copies where n < ${times})
         insert into ${table} (${columns.join(", ")}) select ${values.join(", ")}
         from copies cross join (select * from ${table} where ${key} < ${APART}) order by n`,
      ).run();
    }
    raw(`update counters set value = ${(times + 2) * APART}`).run();
  });
}
