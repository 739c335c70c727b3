import { setTimeout } from "node:timers/promises";
import { openSink } from "../../test/flows/sending-sink.ts";
import type { Case, Context, Row } from "../case.ts";
import { steppedClock } from "../clock.ts";
import { said } from "../counts.ts";
import type { House } from "../house.ts";
import { TWO_MAILS } from "../two-mails.ts";

const HOUR = 3_600_000;
/** What may leave has left after so long, or is stuck. In real ms. */
const SOON = 30_000;
/** So long before a mail arrives its program looks at the clock, at most; so long after the answer again. In ms. */
const BESIDE = 500;

interface Arrival {
  readonly to: string;
  readonly subject: string;
  /** By the clock here: when it had arrived, and when that was answered. */
  readonly at: number;
  readonly answered: number;
}

/** The clock is set two hours ahead while mails leave, and back while others do; each lead is due a second mail in an hour. */
export const clockSteps: Case = {
  name: "clock-steps",
  async run(context) {
    const count = context.scaled(300);
    const begun = new Map<string, number>();
    const arrivals: Arrival[] = [];
    const stuck: string[] = [];
    let pause = 0;
    const sink = context.closing(
      await openSink(undefined, {
        // So that some are under way at each step.
        pause: () => pause,
        heard(nth) {
          const { to, raw } = sink.mails[nth - 1]!;
          pause = 20 + context.random() * 60;
          const at = Date.now();
          arrivals.push({ to, subject: /^subject: (\w+)/im.exec(raw)![1]!, at, answered: at + pause });
        },
      }),
    );
    // As many a minute as are due at once: were what left by a wrong clock counted still, the last ones would wait.
    const mail = `rate: { per_minute: ${Math.ceil(2.2 * count)} }`;
    const house = await context.openHouse({ smtpUrl: sink.url, mail, files: TWO_MAILS });
    const clock = steppedClock(house.folder);
    await house.start({ environment: clock.environment });

    const begin = async (name: string) => {
      begun.set(name, Date.now());
      await addLeads(house, name, count);
    };
    const arrived = (name: string, subject: string) =>
      arrivals.filter((one) => one.subject === subject && one.to.startsWith(name)).length;
    const wait = async (name: string, subject: string, wanted = count) => {
      const end = performance.now() + SOON;
      while (arrived(name, subject) < wanted && performance.now() < end) await setTimeout(20);
      // Where it is all of them, they are to be answered before the clock is set again.
      if (wanted === count) await setTimeout(BESIDE);
      const missing = wanted - arrived(name, subject);
      if (missing > 0) stuck.push(`${missing} of "${name}" had no ${subject} ${SOON / 1000} s later`);
      context.say(`${name}, ${subject}: ${arrived(name, subject)}`);
    };

    await begin("first");
    await wait("first", "Hello", count / 3);
    const known = arrivals.filter(({ answered }) => answered < Date.now() - BESIDE).length;
    await clock.step(2 * HOUR);
    await wait("first", "Again", known);
    await begin("ahead");
    await wait("ahead", "Hello", count / 3);
    await clock.step(-2 * HOUR);
    await begin("right");
    await wait("right", "Hello");
    await clock.step(HOUR + 1000);
    await wait("right", "Again");
    // Now what was due while the clock was ahead is due.
    await clock.step(HOUR);
    await wait("ahead", "Hello");
    await clock.step(2 * HOUR);
    await wait("ahead", "Again");
    await wait("first", "Again");
    const dueOf = ({ to, subject }: Arrival) => {
      const start = begun.get(/^[a-z]+/.exec(to)![0])!;
      if (subject === "Hello") return clock.shown(start, start + BESIDE).earliest;
      const hello = arrivals.find((one) => one.to === to && one.subject === "Hello")!;
      return clock.shown(hello.answered, hello.answered + BESIDE).earliest + HOUR;
    };
    const early = arrivals.filter((one) => clock.shown(one.at - BESIDE, one.at).latest < dueOf(one)).length;
    return [await judge(context, house, { early, arrivals, stuck, all: begun.size * count * 2 })];
  },
};

async function addLeads(house: House, name: string, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, n) => ({
    email: `${name}${n}@d${n % 20}.example`,
    type: "go.one",
  }));
  const answer = await house.api("POST", "/api/events", events);
  if (answer.status !== 202) throw new Error(await answer.text());
}

interface Lived {
  readonly early: number;
  readonly arrivals: readonly Arrival[];
  readonly stuck: readonly string[];
  /** Mails that are due. */
  readonly all: number;
}

async function judge(context: Context, house: House, { early, arrivals, stuck, all }: Lived): Promise<Row> {
  const different = new Set(arrivals.map(({ to, subject }) => `${to} ${subject}`)).size;
  const twice = arrivals.length - different;
  const rows = await house.read((db) => db.selectFrom("messages").select("state").execute());
  const unsent = rows.filter(({ state }) => state !== "sent").length;
  for (const one of stuck) context.say(one);
  return {
    case: `the clock set forward and back by 2 h during ${all} mails`,
    expected: "0 early by the clock of their sending, 0 twice, 0 stuck afterwards",
    got: said(
      [early, "early"],
      [twice, "twice"],
      [stuck.length + all - different, "stuck"],
      [unsent, "in another state than sent"],
    ),
    ok:
      early === 0 &&
      twice === 0 &&
      stuck.length === 0 &&
      different === all &&
      unsent === 0 &&
      rows.length === all,
  };
}
