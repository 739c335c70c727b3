import type { Case } from "../case.ts";
import { said } from "../counts.ts";
import { compareHits, readHits, startLoad } from "../hits.ts";
import { linksOf } from "../links.ts";

/** SIGKILL while hits come in, again and again. */
export const killTracking: Case = {
  name: "kill-tracking",
  async run(context) {
    const kills = context.scaled(20);
    const sink = await context.openSink();
    const house = await context.openHouse({ smtpUrl: sink.url });
    let product = await house.start();
    const leads = context.scaled(400);
    await house.addLeads(leads);
    await sink.reached(leads);
    const links = await Promise.all(sink.mails.map(linksOf));
    const load = startLoad(house, links, context.random);
    for (let done = 0; done < kills; done++) {
      await load.reached(load.count() + 1 + Math.floor(context.random() * context.scaled(1000)));
      await product.kill("SIGKILL");
      if (done % 5 === 0) context.say(`killed ${done + 1} times, ${load.count()} hits are answered`);
      product = await house.start();
    }
    await load.stop();
    await house.until("the inbox is drained", 60_000, async (db) => {
      const waiting = await db.selectFrom("inbox").select("id").limit(1).execute();
      return waiting.length === 0;
    });
    await product.kill("SIGTERM");
    const { lost, invented } = compareHits(load, await house.read(readHits));
    const { length: wrong } = load.wrong;
    if (wrong > 0) context.say(`wrong answers: ${load.wrong.slice(0, 3).join("; ")}`);
    return [
      {
        case: `SIGKILL ${kills} times under tracking load`,
        expected: "every hit that was answered is in the log, once",
        got: said(
          [load.count(), "answered"],
          [lost, "lost"],
          [invented, "invented"],
          [wrong, "answered wrongly"],
        ),
        ok: [lost, invented, wrong].every((count) => count === 0),
      },
    ];
  },
};
