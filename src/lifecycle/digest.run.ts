import type { Instant } from "../instant.ts";
import { WEEK } from "../instant.ts";
import { composeDigest, digestDay, leadsIn, nextDigest } from "../reps/digest.ts";
import { digestMarks, markDigest, readDigest } from "../reps/digest.store.ts";
import type { Rep } from "../reps/definition.ts";
import { queueRepMail } from "../reps/mails.store.ts";
import { lockReps } from "../reps/reps.store.ts";
import { zoneOfRep } from "../reps/routing.ts";
import { drain } from "./drain.run.ts";
import { stockUp } from "./ids.store.ts";
import type { Spine } from "./spine.ts";

/**
 * Mails each rep whose hour has come their leads of the day, and nothing to those whose day brought nothing; says for how
 * many it was time. A rep who is new gets the first one at their next hour.
 */
export async function digestDue(spine: Spine, links: { readonly baseUrl: string }): Promise<number> {
  const due = await repsDue(spine);
  if (due.length === 0) return 0;
  await drain(spine);
  for (const rep of due) {
    const message = (await stockUp(spine.db, 1)).message();
    await digestFor(spine, rep, links.baseUrl, message);
  }
  return due.length;
}

export async function nextDigestDue(spine: Spine): Promise<Instant | null> {
  const times = await digestTimes(spine);
  return times.length === 0 ? null : Math.min(...times.map(({ at }) => at));
}

async function repsDue(spine: Spine): Promise<Rep[]> {
  const now = spine.clock.now();
  return (await digestTimes(spine)).filter(({ at }) => at <= now).map(({ rep }) => rep);
}

/** When each rep's next digest is due; now for one who is new, whose time only begins to be kept. */
async function digestTimes(spine: Spine): Promise<{ rep: Rep; at: Instant }[]> {
  const { reps, settings } = spine.programme();
  const { digest } = reps;
  if (digest === null || reps.reps.length === 0) return [];
  const marks = await digestMarks(
    spine.db.kysely,
    reps.reps.map((rep) => rep.rep),
  );
  return reps.reps.map((rep) => {
    const mark = marks.get(rep.rep);
    const zone = zoneOfRep(rep, settings.company);
    return { rep, at: mark === undefined ? spine.clock.now() : nextDigest(digest, zone, mark) };
  });
}

async function digestFor(spine: Spine, rep: Rep, baseUrl: string, message: number): Promise<void> {
  const { reps, settings, hash } = spine.programme();
  const zone = zoneOfRep(rep, settings.company);
  await spine.db.unit(async (trx) => {
    await lockReps(trx, [rep.rep]);
    const now = spine.clock.now();
    const mark = (await digestMarks(trx, [rep.rep])).get(rep.rep);
    if (mark === undefined) return markDigest(trx, rep.rep, now);
    // After a standstill there is one digest, as of the last hour that has come.
    let until = mark;
    for (let next = nextDigest(reps.digest!, zone, until); next <= now;) {
      until = next;
      next = nextDigest(reps.digest!, zone, until);
    }
    if (until === mark) return;
    const facts = await readDigest(trx, rep.rep, Math.max(mark, until - WEEK), until);
    const body = composeDigest(facts, rep, zone, settings.company.name, baseUrl);
    if (body) {
      await queueRepMail(trx, {
        id: message,
        kind: "digest",
        key: `digest/${rep.rep}/${digestDay(zone, until)}`,
        recipient: rep.email,
        lead: null,
        leads: leadsIn(facts),
        body,
        at: now,
        due: until,
        programme: hash,
      });
    }
    await markDigest(trx, rep.rep, until);
  });
}
