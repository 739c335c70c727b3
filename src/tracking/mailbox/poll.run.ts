import { createHash } from "node:crypto";
import { isTrouble } from "../../db/trouble.ts";
import type { Db } from "../../db/tables.ts";
import type { TokenKeys } from "../../email/token.ts";
import { HOUR, MINUTE, WEEK, type Instant } from "../../instant.ts";
import type { Spine } from "../../lifecycle/spine.ts";
import { recordInbound } from "../inbound/record.run.ts";
import type { ImapServer } from "./imap-url.ts";
import { MailboxTrouble, openMailbox, type Mailbox } from "./mailbox.io.ts";
import { firstMailAt, readProgress, replaceProgress, type Kept, type Progress } from "./progress.store.ts";

export interface MailboxDeps {
  readonly spine: Pick<Spine, "db" | "clock" | "warn">;
  readonly tokenKeys: TokenKeys;
  readonly server: ImapServer;
}

const EVERY = MINUTE;
/** Longer than any one mail can take: a process that died with the mailbox in its hands is waited for so long. */
const LEASE = 5 * MINUTE;
const LONGEST_PAUSE = 30 * MINUTE;
/** A mail at which so many looks in a row broke off is passed over. */
const MOST_TIMES = 3;
/** The clocks of two machines. */
const SKEW = HOUR;

/** When the mailbox is looked at next. */
export async function nextPoll({ spine, server }: MailboxDeps): Promise<Instant> {
  const kept = await readProgress(spine.db.kysely, settingOf(server));
  return dueAt(kept, spine.clock.now());
}

function dueAt(kept: Kept | null, now: Instant): Instant {
  const next = kept?.progress.nextAt ?? now;
  // Further off than anybody puts it: the clock was set back.
  return next > now + LONGEST_PAUSE ? now : next;
}

/**
 * Reads what came to the mailbox since the last look, each mail once: how far it was read is committed together with
 * what the mail did. Of many processes one reads. Says how many mails it read. Where the mailbox can't be reached it is
 * tried again, ever later. An abort ends it after the mail at hand.
 */
export async function pollMailbox(deps: MailboxDeps, stopping?: AbortSignal): Promise<number> {
  const turn = await takeTurn(deps);
  if (turn === null) return 0;
  try {
    return await look(deps, turn, stopping);
  } catch (error) {
    if (error instanceof TurnLost) return 0;
    throw error;
  }
}

async function look(deps: MailboxDeps, turn: Turn, stopping?: AbortSignal): Promise<number> {
  const { clock } = deps.spine;
  let mailbox: Mailbox | null = null;
  try {
    mailbox = await openMailbox(deps.server, stopping);
    const read = await readNew(deps, turn, mailbox, stopping);
    await turn.set({ nextAt: clock.now() + (stopping?.aborted ? 0 : EVERY), failures: 0, stuck: null });
    return read;
  } catch (error) {
    if (error instanceof TurnLost || isTrouble(error)) throw error;
    if (stopping?.aborted) await turn.set({ nextAt: clock.now() });
    else await pause(deps, turn, error);
    return 0;
  } finally {
    await mailbox?.close();
  }
}

async function readNew(
  deps: MailboxDeps,
  turn: Turn,
  mailbox: Mailbox,
  stopping?: AbortSignal,
): Promise<number> {
  const { since, validity } = turn.progress();
  // The numbers mean other mails now: all are read again, and what they did is known by their names.
  if (validity !== mailbox.validity) await turn.set({ validity: mailbox.validity, uid: 0 });
  let read = 0;
  for (const uid of await mailbox.newer(turn.progress().uid, since)) {
    if (stopping?.aborted) break;
    if (await readOne(deps, turn, mailbox, uid)) read++;
  }
  await mailbox.mark(turn.progress().uid, since);
  return read;
}

/** Whether it was one to read. */
async function readOne(deps: MailboxDeps, turn: Turn, mailbox: Mailbox, uid: number): Promise<boolean> {
  const { spine } = deps;
  const { stuck, since } = turn.progress();
  const move = { nextAt: spine.clock.now() + LEASE, uid, failures: 0, stuck: null };
  const passOver = async (reason: string) => {
    await turn.set(move);
    spine.warn("a mail in the mailbox can't be read and is passed over", { uid, reason });
    return false;
  };
  if (stuck?.uid === uid && stuck.times >= MOST_TIMES)
    return passOver(`${stuck.times} looks broke off at it`);
  try {
    const mail = await mailbox.read(uid);
    if (mail === null || mail.at < since) {
      await turn.set(move);
      return false;
    }
    let moved: Kept | null = null;
    await recordInbound(deps, mail.bytes, async (trx) => {
      moved = await turn.write(trx, move);
    });
    turn.took(moved!);
    return true;
  } catch (error) {
    if (error instanceof TurnLost || isTrouble(error)) throw error;
    if (error instanceof MailboxTrouble && error.refused) return passOver(error.message);
    throw new StuckAt(uid, error);
  }
}

/** Tries again later, and says why. */
async function pause({ spine, server }: MailboxDeps, turn: Turn, error: unknown): Promise<void> {
  const cause = error instanceof StuckAt ? error.cause : error;
  const { failures, stuck } = turn.progress();
  const wait = Math.min(EVERY * 2 ** failures, LONGEST_PAUSE);
  await turn.set({
    nextAt: spine.clock.now() + wait,
    failures: failures + 1,
    ...(error instanceof StuckAt
      ? { stuck: { uid: error.uid, times: stuck?.uid === error.uid ? stuck.times + 1 : 1 } }
      : {}),
  });
  if (cause instanceof MailboxTrouble)
    spine.warn("the mailbox can't be read", {
      server: `${server.host}:${server.port}`,
      reason: cause.message,
      again_in_minutes: wait / MINUTE,
    });
  else throw cause;
}

/** One process's time with the mailbox. */
interface Turn {
  progress(): Progress;
  /**
   * Within the caller's transaction, after which it says by `took` that this is how it stands.
   * @throws TurnLost where another process has the mailbox now: the transaction must not be committed
   */
  write(trx: Db, changes: Partial<Progress>): Promise<Kept>;
  took(kept: Kept): void;
  /** Both at once. */
  set(changes: Partial<Progress>): Promise<void>;
}

class TurnLost extends Error {}

/** A look broke off at this mail. */
class StuckAt extends Error {
  readonly uid: number;

  constructor(uid: number, cause: unknown) {
    super("a mail can't be read", { cause });
    this.uid = uid;
  }
}

/** Null where it is not time, or another process was quicker. */
async function takeTurn({ spine, server }: MailboxDeps): Promise<Turn | null> {
  const { db, clock } = spine;
  const name = settingOf(server);
  const now = clock.now();
  const known = await readProgress(db.kysely, name);
  if (dueAt(known, now) > now) return null;
  const before = known?.progress ?? { ...UNREAD, since: await beginning(spine) };
  const taken = await replaceProgress(db.kysely, name, known, { ...before, nextAt: now + LEASE });
  if (taken === null) return null;
  let mine = taken;
  const turn: Turn = {
    progress: () => mine.progress,
    async write(trx, changes) {
      const written = await replaceProgress(trx, name, mine, { ...mine.progress, ...changes });
      if (written === null) throw new TurnLost("another process reads the mailbox now");
      return written;
    },
    took: (kept) => {
      mine = kept;
    },
    set: async (changes) => turn.took(await turn.write(db.kysely, changes)),
  };
  return turn;
}

const UNREAD = { validity: null, uid: 0, failures: 0, stuck: null };

/** A mailbox may hold the letters of years: none that came before our first mail answers one of ours. */
async function beginning({ db, clock }: Pick<Spine, "db" | "clock">): Promise<Instant> {
  const now = clock.now();
  return Math.max((await firstMailAt(db.kysely)) ?? now, now - WEEK) - SKEW;
}

/** Another mailbox has another progress. The name says nothing about whose it is. */
function settingOf({ host, user, folder }: ImapServer): string {
  const hash = createHash("sha256").update(JSON.stringify([host, user, folder]));
  return `mailbox/${hash.digest("hex").slice(0, 16)}`;
}
