import { readLog } from "../../events/log.store.ts";
import type { Lead } from "../../leads/lead.ts";
import { findLead } from "../../leads/leads.store.ts";
import { drain } from "../../lifecycle/drain.run.ts";
import { liveOn, liveUnit } from "../../lifecycle/live.run.ts";
import type { Spine } from "../../lifecycle/spine.ts";
import { isTheirs, type Principal } from "../auth.ts";
import { isDue, readEnrolments } from "./enrolments.store.ts";
import { enrolmentView, leadRow, scoresOf } from "./lead-view.ts";
import { NotFound } from "./refusals.ts";

/**
 * The lead as it is now: all that waits for it is folded and all that is due for it has been lived.
 * @throws NotFound also for a lead that is another rep's, so that it says nothing about whom we know
 */
export async function openLead(spine: Spine, principal: Principal, email: string): Promise<Lead> {
  await drain(spine);
  const lead = await findLead(spine.db.kysely, email);
  if (!lead || !isTheirs(principal, lead)) throw new NotFound("there is no such lead");
  if (!(await isDue(spine.db.kysely, lead.id, spine.clock.now()))) return lead;
  await liveUnit(spine, (trx, stock) =>
    liveOn(spine, trx, stock, new Map([[lead.id, []]]), spine.clock.now(), { wait: true }),
  );
  return (await findLead(spine.db.kysely, email)) ?? lead;
}

/** All that `GET /api/leads/{email}` tells. */
export async function leadAnswer(spine: Spine, principal: Principal, email: string) {
  const lead = await openLead(spine, principal, email);
  const db = spine.db.kysely;
  const log = (await readLog(db, [lead.id])).get(lead.id) ?? [];
  const enrolments = await readEnrolments(db, lead.id);
  return {
    ...leadRow(lead),
    scores: scoresOf(spine.programme(), log, spine.clock.now()),
    enrolments: enrolments.map(({ enrolment, mailDue }) => enrolmentView(enrolment, mailDue)),
  };
}
