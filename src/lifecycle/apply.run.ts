import { insertMany } from "../db/batch.store.ts";
import { allocate } from "../db/dialect.store.ts";
import type { Db } from "../db/tables.ts";
import { changedFiles } from "../programme/changed-files.ts";
import { changeWords } from "../programme/change-words.ts";
import type { InFlight, Programme } from "../programme/programme.ts";
import { appliedFiles, applyVersion, type Apply, type ApplyOptions } from "../programme/versions.store.ts";
import { announcementMessage, composeAnnouncement, type Announcement } from "../reps/announcement.ts";
import { CHAT } from "../reps/chat.ts";
import { queueRepMail } from "../reps/mails.store.ts";
import { inUnit } from "./drained.run.ts";
import type { Spine } from "./spine.ts";

export interface Applying extends Pick<Spine, "db" | "clock"> {
  /** Without a slash at its end. */
  readonly baseUrl: string;
}

export interface Outcome {
  readonly apply: Apply;
  /** How many people are told by mail. */
  readonly told: number;
}

/**
 * Makes a programme the one that is live and tells reps, those whom `announce` lists, and the chat what changed and why;
 * the first one tells nobody. All of it or nothing. Null where it is live already.
 */
export async function applyAndAnnounce(
  applying: Applying,
  programme: Programme,
  files: ReadonlyMap<string, string>,
  options: ApplyOptions,
): Promise<Outcome | null> {
  return inUnit(applying, async (trx) => {
    const before = await appliedFiles(trx);
    const apply = await applyVersion(trx, programme, files, options);
    if (apply === null) return null;
    if (before === null) return { apply, told: 0 };
    const touchesSequences = changedFiles(before, files).some(
      ({ path, change }) => path.startsWith("config/sequences/") && change !== "added",
    );
    const about: Announcement = {
      back: apply.kind === "rollback",
      author: apply.author,
      message: apply.message,
      changes: changeWords(before, files),
      inFlight: touchesSequences ? IN_FLIGHT[apply.inFlight] : null,
      company: programme.settings.company.name,
      url: `${applying.baseUrl}/versions/${apply.version.slice(0, 12)}`,
    };
    return { apply, told: await announce(trx, programme, apply, about) };
  });
}

const IN_FLIGHT: Readonly<Record<InFlight, string>> = {
  migrate: "Leads on their way go on at the same step in the new version.",
  keep: "Leads on their way finish the version that they began.",
  exit: "Leads on their way have left the sequences that changed.",
};

async function announce(trx: Db, programme: Programme, apply: Apply, about: Announcement): Promise<number> {
  const { reps, settings, hash } = programme;
  const addresses = [...reps.reps.map((rep) => rep.email), ...settings.announce];
  const recipients = [...new Map(addresses.map((address) => [address.toLowerCase(), address])).values()];
  const ids = await allocate(trx, "message", recipients.length);
  const body = composeAnnouncement(about);
  for (const [place, recipient] of recipients.entries()) {
    await queueRepMail(trx, {
      id: ids[place]!,
      kind: "announcement",
      key: `announcement/${apply.id}/${recipient.toLowerCase()}`,
      recipient,
      lead: null,
      body,
      at: apply.at,
      programme: hash,
    });
  }
  if (reps.channels.chat !== null) {
    const row = {
      webhook: CHAT,
      body: JSON.stringify(announcementMessage(about)),
      state: "waiting",
      tries: 0,
      due_at: apply.at,
      at: apply.at,
    };
    await insertMany(trx, "webhook_deliveries", [row], {
      columns: ["webhook", "body", "state", "tries", "due_at", "at"],
    });
  }
  return recipients.length;
}
