import { InputError } from "../config/problems.ts";
import type { Database } from "../db/open.io.ts";
import type { Db } from "../db/tables.ts";
import { isTrouble } from "../db/trouble.ts";
import type { Compiler } from "../email/compiler.ts";
import { completed, readVersion } from "./applied.run.ts";
import { keepDefinitions, newDefinitions } from "./definitions.store.ts";
import { withWinners } from "./experiments.ts";
import type { Programme } from "./programme.ts";
import { lastApply, type Apply } from "./versions.store.ts";
import { countWinners, readWinners } from "./winners.store.ts";

/** The programme that is live in this process. */
export interface LiveProgramme {
  now(): Programme;
  /** Whether another one was applied, or an A/B test decided, that this process has not looked at. */
  hasNews(): Promise<boolean>;
  /** Whether something else is applied than this process runs. */
  isBehind(db: Db): Promise<boolean>;
  /** Follows what is applied; says whether this process now runs that. One that can't be loaded is said aloud, once. */
  keepUp(): Promise<boolean>;
  /** Makes this one live here, whatever is applied. */
  become(programme: Programme): void;
}

export interface LiveOptions {
  readonly db: Database;
  /** A compiler for the time that one programme takes to load. */
  compiler(): { readonly compile: Compiler; close(): void };
  /** Hears of each programme that becomes live here. */
  became(programme: Programme): void;
  warn(message: string, details: Readonly<Record<string, unknown>>): void;
}

/** Something has been applied by now. `opened`: what that is, where it is at hand. @throws InputError */
export async function openLive(options: LiveOptions, opened: Programme | null): Promise<LiveProgramme> {
  const { db, became } = options;
  let live: Programme;
  let seen: number | null = null;
  let running: number | null = null;
  let underWay: Promise<boolean> | null = null;
  let decided = await readWinners(db.kysely);

  const become = (programme: Programme) => {
    live = withWinners(programme, decided);
    became(live);
  };

  async function learnWinners(): Promise<void> {
    if ((await countWinners(db.kysely)) === decided.size) return;
    decided = await readWinners(db.kysely);
    become(live);
  }

  async function take(apply: Apply, known: Programme | null): Promise<void> {
    const programme = known?.hash === apply.version ? known : await load(options, apply);
    become(await completed(db.kysely, programme, apply));
    running = apply.id;
  }

  async function follow(): Promise<boolean> {
    await learnWinners();
    const apply = await lastApply(db.kysely);
    if (apply === null || apply.id === seen) return seen === running;
    try {
      await take(apply, live);
    } catch (error) {
      if (isTrouble(error)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      options.warn("the applied version can't be loaded: the one before it stays", {
        version: apply.version,
        reason,
      });
    }
    seen = apply.id;
    return seen === running;
  }

  const first = await lastApply(db.kysely);
  if (first === null) throw new InputError("nothing is applied yet: run `kindling apply`");
  await take(first, opened);
  await knowDefinitions(db, live!, first);
  seen = first.id;
  return {
    now: () => live,
    become,
    isBehind: async (within) => (await lastApply(within))?.id !== running,
    async hasNews() {
      if ((await lastApply(db.kysely))?.id !== seen) return true;
      return (await countWinners(db.kysely)) !== decided.size;
    },
    keepUp() {
      underWay ??= follow().finally(() => {
        underWay = null;
      });
      return underWay;
    },
  };
}

async function load({ db, compiler }: LiveOptions, apply: Apply): Promise<Programme> {
  const { compile, close } = compiler();
  try {
    return (await readVersion(db.kysely, apply, compile)).programme;
  } finally {
    close();
  }
}

/** A database from before definitions were kept learns the current ones. */
async function knowDefinitions(db: Database, programme: Programme, { id }: Apply): Promise<void> {
  if ((await newDefinitions(db.kysely, programme)).length === 0) return;
  await db.unit((trx) => keepDefinitions(trx, programme, { apply: id, inFlight: "migrate" }));
}
