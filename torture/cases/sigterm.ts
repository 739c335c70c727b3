import type { Case } from "../case.ts";
import { said, tooMany } from "../counts.ts";
import { compareHits, readHits, startLoad } from "../hits.ts";
import { linksOf } from "../links.ts";

/** What is promised. */
const LONGEST = 10_000;
/** The mail server takes up to so many ms over its answers, so that a good deal is under way. */
const SLOWEST = 2000;

/** SIGTERM while mails leave and hits come in. */
export const sigterm: Case = {
  name: "sigterm",
  async run(context) {
    const times = context.scaled(10);
    const sink = await context.openSink({
      pause: () => (context.random() < 0.05 ? context.random() * SLOWEST : context.random() * 10),
    });
    const house = await context.openHouse({ smtpUrl: sink.url });
    let product = await house.start();
    const first = context.scaled(400);
    await house.addLeads(first);
    await sink.reached(first);
    const links = await Promise.all(sink.mails.map(linksOf));
    const load = startLoad(house, links, context.random);
    const leads = await house.addLeads(context.scaled(4000) + 200);
    let longest = 0;
    let unclean = 0;
    let under = 0;
    for (let done = 0; done < times; done++) {
      await sink.reached(Math.min(leads.length, sink.mails.length + 50));
      await load.reached(load.count() + 1 + Math.floor(context.random() * 200));
      const asked = performance.now();
      const { status, signal, err } = await product.kill("SIGTERM");
      const seconds = (performance.now() - asked) / 1000;
      longest = Math.max(longest, seconds);
      context.say(`SIGTERM: gone after ${seconds.toFixed(1)} s with ${status ?? signal}`);
      if (status !== 0) {
        unclean++;
        context.say(err.slice(-500));
      }
      // Nobody died, so that nothing waits for a lease.
      const rows = await house.read((db) =>
        db
          .selectFrom("messages")
          .select(["recipient", "state"])
          .where("state", "in", ["sending", "in_doubt"])
          .execute(),
      );
      under += rows.length;
      product = await house.start();
    }
    await load.stop();
    await house.until("every mail has left and every hit is drained", 180_000, async (db) => {
      const queued = await db
        .selectFrom("messages")
        .select("id")
        .where("state", "in", ["queued", "sending"])
        .execute();
      const inbox = await db.selectFrom("inbox").select("id").execute();
      return queued.length + inbox.length === 0;
    });
    await product.kill("SIGTERM");
    const counts = sink.counts();
    const lost = leads.filter((email) => !counts.has(email)).length;
    const twice = tooMany(sink);
    const hits = compareHits(load, await house.read(readHits));
    return [
      {
        case: `SIGTERM ${times} times under load`,
        expected: "drains and exits within 10 s, nothing in doubt, nothing lost, nothing twice",
        got: `${said([under, "in doubt"], [lost, "mails lost"], [twice, "twice"], [hits.lost, "answered hits lost"], [unclean, "exits with a failure"])}; the slowest exit took ${longest.toFixed(1)} s`,
        ok:
          [under, lost, twice, hits.lost, hits.invented, unclean].every((count) => count === 0) &&
          longest * 1000 <= LONGEST,
      },
    ];
  },
};
