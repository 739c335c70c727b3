import type { Db } from "../src/db/tables.ts";
import type { House } from "./house.ts";
import type { Links } from "./links.ts";
import { reached } from "./reached.ts";

const AGENT =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36";

/** A server that hangs is left. */
const PATIENCE = 15_000;

/** How often each hit was tried and answered; the key says which hit: `email.opened lead3@…`. */
export interface Tally {
  readonly tried: Map<string, number>;
  readonly answered: Map<string, number>;
}

export interface Load extends Tally {
  /** How many hits were answered so far. */
  count(): number;
  /** Resolves once so many are; throws where none is answered for a minute. */
  reached(count: number): Promise<void>;
  /** Answers with another status than a hit gets. */
  readonly wrong: string[];
  /** Begins no more hits; resolves when the last one has its answer, or will never have one. */
  stop(): Promise<void>;
}

/** Opens, clicks and events by the API, without a pause, on so many connections, whether or not somebody answers. */
export function startLoad(
  house: House,
  links: readonly Links[],
  random: () => number,
  connections = 8,
): Load {
  const tried = new Map<string, number>();
  const answered = new Map<string, number>();
  const wrong: string[] = [];
  let count = 0;
  let events = 0;
  let stopping = false;

  async function hit(): Promise<void> {
    const lead = links[Math.floor(random() * links.length)]!;
    const kind = Math.floor(random() * 3);
    const id = events++;
    const key = ["email.opened", "email.clicked", `page.viewed ${id}`][kind]! + ` ${lead.to}`;
    add(tried, key);
    const status = await [
      () => get(lead.pixel),
      () => get(lead.click),
      async () =>
        (
          await house.api("POST", "/api/events", {
            email: lead.to,
            type: "page.viewed",
            properties: { path: `/${id}` },
          })
        ).status,
    ][kind]!();
    if (status !== [200, 302, 202][kind]) return void wrong.push(`${key}: ${status}`);
    add(answered, key);
    count++;
  }

  async function get(path: string): Promise<number> {
    const answer = await fetch(`${house.baseUrl}${path}`, {
      redirect: "manual",
      headers: { "user-agent": AGENT },
      signal: AbortSignal.timeout(PATIENCE),
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  const running = Array.from({ length: connections }, async () => {
    while (!stopping) {
      await hit().catch(() => new Promise((resolve) => setTimeout(resolve, 20)));
    }
  });
  return {
    tried,
    answered,
    wrong,
    count: () => count,
    reached: (wanted) => reached("answer to a hit", () => count, wanted, 60_000),
    async stop() {
      stopping = true;
      await Promise.all(running);
    },
  };
}

/** How often each hit is in the log, by the same keys. */
export async function readHits(db: Db): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom("events")
    .innerJoin("leads", "leads.id", "events.lead_id")
    .select(["leads.email", "events.type", "events.properties"])
    .where("events.type", "in", ["email.opened", "email.clicked", "page.viewed"])
    .execute();
  const hits = new Map<string, number>();
  for (const { email, type, properties } of rows) {
    const { inferred, path } = JSON.parse(properties) as { inferred?: boolean; path?: string };
    // A click proves an open: nobody hit that.
    if (inferred) continue;
    add(hits, type === "page.viewed" ? `${type} ${path!.slice(1)} ${email}` : `${type} ${email}`);
  }
  return hits;
}

/** `lost`: answered and not in the log. `invented`: oftener in the log than they were tried. */
export function compareHits({ tried, answered }: Tally, logged: ReadonlyMap<string, number>) {
  let lost = 0;
  let invented = 0;
  for (const [key, times] of answered) lost += Math.max(0, times - (logged.get(key) ?? 0));
  for (const [key, times] of logged) invented += Math.max(0, times - (tried.get(key) ?? 0));
  return { lost, invented };
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
