import { virtualClock } from "../../src/clock.ts";
import { openDatabase } from "../../src/db/open.io.ts";
import { tokenKeys } from "../../src/email/token.ts";
import { parseImapUrl } from "../../src/tracking/mailbox/imap-url.ts";
import { pollMailbox } from "../../src/tracking/mailbox/poll.run.ts";

// Looks once into the mailbox, for the database, at the instant named on the command line, and tells of each mail that
// it is through with (mailbox.test.ts).
const [url, mailbox, now] = process.argv.slice(2);
const db = await openDatabase(url!);
const telling: typeof db = {
  ...db,
  async unit(work) {
    const result = await db.unit(work);
    process.stdout.write("a mail\n");
    return result;
  },
};
const spine = { db: telling, clock: virtualClock(Number(now)), warn: () => {} };
await pollMailbox({ spine, tokenKeys: tokenKeys(["a secret of this test"]), server: parseImapUrl(mailbox!) });
const { heapUsed, rss } = process.memoryUsage();
process.stdout.write(`${JSON.stringify({ heapUsed, rss })}\n`);
await db.close();
