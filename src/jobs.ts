import type { Clock } from "./clock.ts";
import type { Database } from "./db/open.io.ts";
import type { Table } from "./db/tables.ts";
import { SECOND, type Instant } from "./instant.ts";
import { adoptAll, type Tell } from "./lifecycle/adoption.run.ts";
import { advanceDue, nextLeadDue } from "./lifecycle/advance.run.ts";
import { drain } from "./lifecycle/drain.run.ts";
import { isInboxEmpty } from "./events/inbox.store.ts";
import { digestDue, nextDigestDue } from "./lifecycle/digest.run.ts";
import { measureDue, nextMeasure } from "./lifecycle/measure.run.ts";
import { escalateDue, nextEscalation, nextNotification, notifyDue } from "./lifecycle/notify.run.ts";
import type { Spine } from "./lifecycle/spine.ts";
import type { LiveProgramme } from "./programme/live.run.ts";
import { deliverWebhooks, nextWebhook, type Webhooks } from "./sending/webhooks.run.ts";
import type { OpenInbox } from "./tracking/inbox.run.ts";
import { nextPoll, pollMailbox, type MailboxDeps } from "./tracking/mailbox/poll.run.ts";
import { nextLease, nextSend, recoverLeases, sendDue } from "./sending/deliver.run.ts";
import type { Outbox } from "./sending/outbox.ts";
import { forgetOld, nextForgetting } from "./web/upkeep.run.ts";

/** One thing that has to be done when its time comes. */
export interface Job {
  readonly name: string;
  /** Where none of these was written `nextDue` answers as before; null: it is always to be asked. */
  readonly reads: readonly Table[] | null;
  /** When there is something to do next; null: not until something else happens. */
  nextDue(): Promise<Instant | null>;
  /** Does what is due; says how many. Where it may take long it ends early once `stopping` is aborted. */
  run(stopping?: AbortSignal): Promise<number>;
}

/** All of them, in the order in which one instant is lived. Production and the simulator walk this very list. */
export function jobsOf(spine: Spine, outbox: Outbox, webhooks: Webhooks, inbox: OpenInbox): Job[] {
  const { clock } = spine;
  return [
    { name: "spool", reads: null, nextDue: inbox.nextDue, run: inbox.drainSpool },
    {
      name: "inbox",
      reads: ["inbox"],
      nextDue: async () => ((await isInboxEmpty(spine.db.kysely)) ? null : clock.now()),
      run: () => drain(spine),
    },
    {
      name: "leads",
      reads: ["lead_state"],
      nextDue: () => nextLeadDue(spine),
      run: () => advanceDue(spine),
    },
    {
      name: "experiments",
      reads: ["trials"],
      nextDue: () => nextMeasure(spine),
      run: () => measureDue(spine),
    },
    {
      name: "notices",
      reads: ["notices"],
      nextDue: () => nextNotification(spine),
      run: () => notifyDue(spine, outbox),
    },
    {
      name: "escalations",
      reads: ["notices"],
      nextDue: () => nextEscalation(spine),
      run: () => escalateDue(spine, outbox),
    },
    {
      name: "digest",
      reads: ["settings", "applies"],
      nextDue: () => nextDigestDue(spine),
      run: () => digestDue(spine, outbox),
    },
    {
      name: "leases",
      reads: ["messages"],
      nextDue: () => nextLease(outbox),
      run: () => recoverLeases(outbox),
    },
    {
      name: "outbox",
      reads: ["messages", "settings", "applies"],
      nextDue: () => nextSend(outbox),
      run: (stopping) => sendDue(outbox, stopping),
    },
    {
      name: "webhooks",
      reads: ["webhook_deliveries"],
      nextDue: () => nextWebhook(webhooks),
      run: () => deliverWebhooks(webhooks),
    },
    {
      name: "upkeep",
      reads: ["idempotency", "sessions"],
      nextDue: () => nextForgetting(spine),
      run: () => forgetOld(spine),
    },
  ];
}

/** What a process of this kind runs. The spool is a file beside it, so that it is for the one that takes the hits. */
export function jobsOfRole(jobs: readonly Job[], role: "all" | "web" | "worker"): readonly Job[] {
  if (role === "all") return jobs;
  return jobs.filter(({ name }) => name === "versions" || (name === "spool") === (role === "web"));
}

/** Another version that was applied becomes live here too, in every process, whatever its role. */
export function versionsJob({ clock }: Spine, live: Pick<LiveProgramme, "hasNews" | "keepUp">): Job {
  return {
    name: "versions",
    reads: ["applies", "winners"],
    nextDue: async () => ((await live.hasNews()) ? clock.now() : null),
    run: async () => ((await live.keepUp()) ? 1 : 0),
  };
}

/** Runs after a changed programme: leads that nobody touches are taken over too. */
export function adoptionJob(spine: Spine, tell: Tell): Job {
  let adopted: string | null = null;
  return {
    name: "adoption",
    reads: null,
    nextDue: () => Promise.resolve(adopted === spine.programme().hash ? null : spine.clock.now()),
    async run(stopping) {
      const { hash } = spine.programme();
      const taken = await adoptAll(spine, tell, stopping);
      if (taken === 0) adopted = hash;
      return taken;
    },
  };
}

/** Where a mailbox is named: what comes to it is read, by one process at a time. */
export function mailboxJob(deps: MailboxDeps): Job {
  return {
    name: "mailbox",
    reads: null,
    nextDue: () => nextPoll(deps),
    run: (stopping) => pollMailbox(deps, stopping),
  };
}

/** The longest that a pass waits before it looks again: another process may have given it work. */
const LOOK_AGAIN = SECOND / 5;

/** Each job in a loop of its own until `signal`: a slow mail server holds up no score. Resolves when all have ended. */
export async function walk(
  jobs: readonly Job[],
  clock: Clock,
  signal: AbortSignal,
  failed: (job: string, error: unknown) => void,
): Promise<void> {
  await Promise.all(
    jobs.map(async (job) => {
      while (!signal.aborted) {
        try {
          const next = await job.nextDue();
          const now = clock.now();
          if (next !== null && next <= now && (await job.run(signal)) > 0) continue;
          await clock.sleepUntil(
            Math.max(now + LOOK_AGAIN / 2, Math.min(next ?? Infinity, now + LOOK_AGAIN)),
            signal,
          );
        } catch (error) {
          failed(job.name, error);
          await clock.sleepUntil(clock.now() + SECOND, signal);
        }
      }
    }),
  );
}

/** In virtual time the next instants are asked for again only after what they are read from was written. */
export function remembering(jobs: readonly Job[], db: Pick<Database, "changes">): Job[] {
  return jobs.map((job) => {
    const { reads } = job;
    if (reads === null) return job;
    let at: number | null = null;
    let next: Instant | null = null;
    return {
      ...job,
      async nextDue() {
        const now = db.changes(reads);
        if (now === null || now !== at) {
          next = await job.nextDue();
          at = now;
        }
        return next;
      },
      run() {
        at = null;
        return job.run();
      },
    };
  });
}

/** In virtual time: does all that is due now, until all is quiet. */
export async function settle(jobs: readonly Job[], clock: Clock): Promise<void> {
  for (let quiet = false; !quiet;) {
    quiet = true;
    for (const job of jobs) {
      const next = await job.nextDue();
      if (next !== null && next <= clock.now() && (await job.run()) > 0) quiet = false;
    }
  }
}

/** The next instant at which any job has something to do. */
export async function nextOf(jobs: readonly Job[]): Promise<Instant | null> {
  let next: Instant | null = null;
  for (const job of jobs) {
    const due = await job.nextDue();
    if (due !== null && (next === null || due < next)) next = due;
  }
  return next;
}
