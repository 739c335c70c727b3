import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { scriptedServer, type Script, type ScriptedServer } from "../../test/sending/scripted-server.ts";
import type { Case, Context, Row } from "../case.ts";
import { AUTHORITY, EXPIRED, GOOD, OF_ANOTHER } from "../certificates.ts";
import { steppedClock } from "../clock.ts";
import type { House } from "../house.ts";

/** The longest that one mail may take: a server that is silent is given a third of it. In ms. */
const TIMEOUT = 4000;
const BACK_OFF = 60_000;

/** One way to misbehave, and what has to become of the mail (spec/sending.md, "The outbox"). */
interface Misdeed {
  readonly what: string;
  readonly script: Script;
  readonly becomes: "queued" | "bounced" | "in_doubt" | "sent";
}

const CODES = [421, 451, 452, 550, 554];
const STAGES = ["greeting", "ehlo", "mail", "rcpt", "data", "end"] as const;

/** A 5xx before anything is said of this mail is about the set-up: to bounce a queue for that would lose it. */
const ANSWERS = STAGES.flatMap((stage) =>
  CODES.map((code): Misdeed => {
    const ofTheMail = code >= 500 && stage !== "greeting" && stage !== "ehlo";
    return {
      what: `${code} at ${stage}`,
      script: { [stage]: `${code} no` },
      becomes: ofTheMail ? "bounced" : "queued",
    };
  }),
);

const DROPS: readonly Misdeed[] = [
  ...(["greeting", "ehlo", "mail", "rcpt", "data"] as const).map((stage): Misdeed => ({
    what: `drop at ${stage}`,
    script: { [stage]: "drop" },
    becomes: "queued",
  })),
  {
    what: "drop right after 354",
    script: { data: { reply: "354 go on", then: "drop" } },
    becomes: "in_doubt",
  },
  { what: "drop within the mail", script: { middle: "drop" }, becomes: "in_doubt" },
  { what: "drop after the dot", script: { end: "drop" }, becomes: "in_doubt" },
];

const HANGS = STAGES.map((stage): Misdeed => ({
  what: `hang at ${stage}`,
  script: { [stage]: "hang" },
  becomes: stage === "end" ? "in_doubt" : "queued",
}));

const SLOW: readonly Misdeed[] = [
  { what: "a greeting at 1 byte/s", script: { greeting: { drip: "220 sink ESMTP" } }, becomes: "queued" },
  { what: "answers at 1 byte/s", script: { rcpt: { drip: "250 2.1.5 ok" } }, becomes: "queued" },
  { what: "the last answer at 1 byte/s", script: { end: { drip: "250 2.0.0 ok" } }, becomes: "in_doubt" },
  { what: "reads at 1 byte/s", script: { slow: "from the start" }, becomes: "queued" },
  { what: "reads the mail at 1 byte/s", script: { slow: "from 354" }, becomes: "in_doubt" },
];

const BAD_TLS: readonly Misdeed[] = [
  { what: "an expired certificate", script: { starttls: EXPIRED }, becomes: "queued" },
  { what: "the certificate of another", script: { starttls: OF_ANOTHER }, becomes: "queued" },
  { what: "garbage after STARTTLS", script: { starttls: "garbage" }, becomes: "queued" },
  { what: "nothing after STARTTLS", script: { starttls: "hang" }, becomes: "queued" },
  // That it is not the TLS as such which fails.
  { what: "a good certificate", script: { starttls: GOOD }, becomes: "sent" },
];

const GROUPS: readonly (readonly [string, readonly Misdeed[]])[] = [
  ["421, 451, 452, 550, 554 at each stage", ANSWERS],
  ["connections dropped at each stage", DROPS],
  ["hangs at each stage", HANGS],
  ["answers or reads 1 byte/s", SLOW],
  ["bad TLS", BAD_TLS],
];

/** A mail server that misbehaves in all ways, one mail each; then it is good again. */
export const badServers: Case = {
  name: "bad-servers",
  async run(context) {
    let script: Script = {};
    const server = context.closing(await scriptedServer(() => script));
    const house = await context.openHouse({ smtpUrl: `${server.url}?timeout=${TIMEOUT / 1000}s` });
    const clock = steppedClock(house.folder);
    const authority = join(house.folder, "authority.pem");
    writeFileSync(authority, AUTHORITY);
    await house.start({ environment: { ...clock.environment, NODE_EXTRA_CA_CERTS: authority } });
    const rows: Row[] = [];
    const suffered: Suffered[] = [];
    for (const [title, misdeeds] of GROUPS) {
      const tried = context.quick ? misdeeds.filter((_, n) => n % 4 === 1) : misdeeds;
      const before = suffered.length;
      for (const misdeed of tried) {
        script = misdeed.script;
        // A connection that is kept would be of an earlier kind.
        server.cut();
        suffered.push(await suffer(house, misdeed, `lead${suffered.length}@customer.example`));
      }
      context.say(title);
      rows.push(rowOf(title, suffered.slice(before), server));
    }
    script = {};
    server.cut();
    rows.push(await afterwards(context, house, server, suffered, () => clock.step(BACK_OFF + 1000)));
    return rows;
  },
};

interface Suffered {
  readonly misdeed: Misdeed;
  readonly email: string;
  /** `queued after 1 tries` */
  readonly became: string;
  /** How long it held its worker, in ms. */
  readonly held: number;
}

async function suffer(house: House, misdeed: Misdeed, email: string): Promise<Suffered> {
  const answer = await house.api("POST", "/api/events", { email, type: "go.one" });
  if (answer.status !== 202) throw new Error(await answer.text());
  const settled = async () => {
    const [row] = await house.read((db) =>
      db.selectFrom("messages").selectAll().where("recipient", "=", email).execute(),
    );
    return row && row.state !== "sending" && row.attempt > 0 ? row : null;
  };
  const end = performance.now() + 5 * TIMEOUT;
  for (;;) {
    const row = await settled();
    if (row) {
      const finished = row.done_at ?? row.due_at - BACK_OFF;
      const became = row.state === "queued" ? `queued after ${row.tries}` : row.state;
      return { misdeed, email, became, held: finished - row.gated_at! };
    }
    if (performance.now() > end) return { misdeed, email, became: "held", held: Infinity };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function rowOf(title: string, suffered: readonly Suffered[], { recipients }: ScriptedServer): Row {
  const wrong = suffered.filter(({ misdeed: { becomes }, became }) => {
    return became !== (becomes === "queued" ? "queued after 1" : becomes);
  });
  const longest = Math.max(...suffered.map(({ held }) => held));
  const again = suffered.filter(({ email }) => recipients.filter((to) => to === email).length > 1);
  const said = wrong.map(({ misdeed: { what, becomes }, became }) => `; ${what}: ${became}, not ${becomes}`);
  return {
    case: title,
    expected: `each in the right state after one attempt, at most ${(2 * TIMEOUT) / 1000} s`,
    got: `${suffered.length - wrong.length} of ${suffered.length} right, at most ${(longest / 1000).toFixed(1)} s${said.join("")}`,
    ok: wrong.length === 0 && longest <= 2 * TIMEOUT && again.length === 0,
  };
}

/** The server is good again, and the first back-off over: what waits leaves, once; nothing else does. */
async function afterwards(
  context: Context,
  house: House,
  server: ScriptedServer,
  suffered: readonly Suffered[],
  backOff: () => Promise<void>,
): Promise<Row> {
  const before = server.mails.length;
  const waiting = suffered.filter(({ became }) => became.startsWith("queued")).map(({ email }) => email);
  await backOff();
  await house.until("what waited has left", 60_000, async (db) => {
    const left = await db
      .selectFrom("messages")
      .select("id")
      .where("state", "in", ["queued", "sending"])
      .execute();
    return left.length === 0;
  });
  const arrived = server.mails.slice(before).map(({ to }) => to);
  const missing = waiting.filter((email) => !arrived.includes(email)).length;
  const tooMany = arrived.length - (waiting.length - missing);
  const doubted = suffered.filter(({ became }) => became === "in_doubt").map(({ email }) => email);
  const answer = await house.api("GET", "/api/messages?state=in_doubt&limit=100");
  const { messages } = (await answer.json()) as { messages: { email: string }[] };
  const listed = doubted.filter((doubt) => messages.some(({ email }) => email === doubt)).length;
  context.say(`${arrived.length} more arrived`);
  return {
    case: "the server is good again, a minute later",
    expected: `the ${waiting.length} that wait arrive, once; the ${doubted.length} in doubt are listed, not sent`,
    got: `${arrived.length} arrived, ${missing} lost, ${tooMany} too many; ${listed} listed`,
    ok: missing === 0 && tooMany === 0 && listed === doubted.length && messages.length === doubted.length,
  };
}
