import type { Spine } from "../../lifecycle/spine.ts";
import { unknown } from "./check-input.ts";
import { hasMails } from "./messages.store.ts";
import { ownsLeads } from "./owners.store.ts";
import { badParameter } from "./refusals.ts";

/** @throws Invalid for an owner that is no rep, and was none whose leads are still kept under the name */
export async function checkOwned({ db, programme }: Spine, owner: string | undefined): Promise<void> {
  const reps = programme().reps.reps.map((one) => one.rep);
  if (owner === undefined || reps.includes(owner) || (await ownsLeads(db.kysely, owner))) return;
  throw badParameter("owner", unknown("rep", owner, reps));
}

/** @throws Invalid for a sequence that there is not, and was not when any of the mails was asked for */
export async function checkMailed({ db, programme }: Spine, sequence: string | undefined): Promise<void> {
  const { sequences } = programme();
  if (sequence === undefined || sequences.has(sequence) || (await hasMails(db.kysely, sequence))) return;
  throw badParameter("sequence", unknown("sequence", sequence, sequences.keys()));
}
