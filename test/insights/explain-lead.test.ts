import { beforeEach, expect, test } from "vitest";
import type { Db } from "../../src/db/tables.ts";
import { setHold } from "../../src/email/hold.store.ts";
import { appendToInbox } from "../../src/events/inbox.store.ts";
import { eventInput } from "../../src/events/input.ts";
import { explainLead, type LeadExplained } from "../../src/insights/explain-lead.run.ts";
import { leadJson } from "../../src/insights/lead-json.ts";
import { nextThings, whyNoMail, type LeadThing } from "../../src/insights/lead-next.ts";
import { leadText } from "../../src/insights/lead-text.ts";
import { emailsLike } from "../../src/insights/lead.store.ts";
import { DAY, formatInstant, HOUR, MINUTE, type Instant } from "../../src/instant.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { sendDue } from "../../src/sending/deliver.run.ts";
import { abKey } from "../../src/sequences/ab.ts";
import type { AbStep } from "../../src/sequences/definition.ts";

import { forEachDatabase } from "../database.ts";
import { lintingCarrier } from "../email/linted.ts";
import { act, created, MONDAY, openHouse, programmeOf, REPS, type House } from "../reps/house.ts";

const ANA = "ana@x.example";

const FILES = {
  "config/kindling.yaml": `
company: { name: Acme Courses, address: "1 Main Street, Lisbon", country: PT, timezone: Europe/Lisbon }
mail: { from: ada@acme.example, rate: { per_minute: 600 } }
topics: [ { topic: product, title: News } ]
windows:
  business-hours: { days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00", zone: lead }
caps: [ { emails: 1, in: 2d } ]
`,
  "config/sequences/after-demo.yaml": `
sequence: after-demo
title: After the demo
enter: [ { event: demo.requested } ]
goal: { did: trial.started }
window: business-hours
steps:
  - id: thanks
    send: hot/thanks
  - wait: 5d
  - id: again
    send: hot/again
  - wait_for: { did: page.viewed }
    up_to: 3d
    else: [ { notify: owner, note: "Call them" } ]
`,
  "config/sequences/customers.yaml": `
sequence: customers
title: For customers
enter: [ { temperature: warm, if: { stage: customer } } ]
steps: [ { send: hot/again } ]
`,
  "config/sequences/news.yaml": `
sequence: news
title: News
enter: [ { event: form.submitted } ]
holdout: 99%
steps: [ { send: hot/again } ]
`,
  "templates/hot/thanks.mjml": mail("Thanks"),
  "templates/hot/again.mjml": mail("Once more"),
};

function mail(subject: string): string {
  return `---\nsubject: ${subject}\n---
<mj-section><mj-column><mj-text><a href="https://acme.example/times">See the times</a></mj-text></mj-column></mj-section>
`;
}

/** `03-02 10:00`. */
function moment(at: Instant): string {
  return formatInstant(at).slice(5, 16).replace("T", " ");
}

function told(things: readonly LeadThing[]): string[] {
  return things.map(({ at, words, why }) =>
    [at === null ? null : moment(at), words, why].filter((part) => part !== null).join(" | "),
  );
}

forEachDatabase("explaining a lead", (open) => {
  let house: House;
  let db: Db;

  beforeEach(async () => {
    const database = await open();
    db = database.kysely;
    house = await openHouse(database, await programmeOf(REPS, FILES));
  });

  async function explained(email = ANA): Promise<LeadExplained> {
    await drain(house.spine);
    return (await explainLead(house.spine, email))!;
  }

  async function send(): Promise<void> {
    const sender = { spine: house.spine, ...house.links };
    await sendDue({ ...sender, carrier: lintingCarrier(sender) });
  }

  /** All passes, from hour to hour. */
  async function live(until: Instant): Promise<void> {
    for (let at = house.clock.now(); at <= until; at += HOUR) {
      await house.until(at);
      await send();
    }
  }

  test("answers in short lines why the score, why the mails, why not yet and what next", async () => {
    await house.arrive(
      ANA,
      created({ first_name: "Ana", employees: 500, country: "PT" }),
      act("demo.requested"),
    );
    await house.until(MONDAY);
    await send();
    const message = (await explained()).mails[0]!.id;
    house.clock.jumpTo(MONDAY + HOUR);
    const of = { message };
    await house.arrive(ANA, eventInput("email.opened", "lead", {}, { ...of, verdict: "scanner" }));
    await house.arrive(ANA, eventInput("email.clicked", "lead", { url: "https://acme.example/times" }, of));
    await house.until(MONDAY + 2 * HOUR);
    expect(leadText(await explained(), moment)).toBe(`Ana <ana@x.example>
stage opportunity, no owner, a lead since 03-02 10:00

Why this score
  54, hot since 03-02 10:00, by demo.requested; warm begins at 25, hot at 50
  +10    Company size: 500 (over 100)
  +44.9  demo: 1 act, −0.1 faded
           +45 asked for a demo, 03-02 10:00
  nothing from: pricing
  fades to warm 03-13 07:03 if nothing happens

Why these mails
  Thanks: sent 03-02 10:00
      Asked for by “After the demo”, step thanks; hot/thanks, version ${versionOf("hot/thanks")}
      Opened by a person 03-02 11:00.
      Clicked by a person 03-02 11:00.
      A machine opened or clicked it 03-02 11:00.

Sequences
  “After the demo”: entered 03-02 10:00 (begins when a lead does demo.requested), at its step wait-1

What comes next
  03-02 14:00: The notice goes to the next rep, unless Maria Silva answers
  03-09 09:00: The mail “hot/again” goes out (After the demo), asked for 03-07 10:00, then it is outside the sending window, or a holiday
  03-13 07:03: Fades to warm, if nothing happens until then
`);
    const { mails, scores } = leadJson(await explained());
    expect(scores[0]).toMatchObject({ temperature: "hot", next_temperature: "warm" });
    expect(mails[0]).toMatchObject({
      state: "sent",
      decisions: [{ decision: "send" }],
      clicked_at: "2026-03-02T11:00:00.000Z",
    });
  });

  function versionOf(template: string): string {
    return house.spine.programme().templates.get(template)!.get("")!.hash.slice(0, 8);
  }

  test("says all that stands against a mail, and the instant at which it really leaves", async () => {
    await house.arrive(ANA, created({ country: "PT" }), act("demo.requested"));
    await send();
    await live(MONDAY + 4 * DAY);
    await house.arrive(ANA, eventInput("sequences.paused", "rep", { until: "2026-03-08T10:00:00Z" }));
    await live(MONDAY + 5 * DAY);
    const [thing] = nextThings(await explained(), moment);
    expect(told([thing!])).toEqual([
      "03-09 09:00 | The mail “hot/again” goes out (After the demo) | not yet: the lead's sequences are paused (until 03-08 10:00); it is outside the sending window, or a holiday",
    ]);
    await live(MONDAY + 8 * DAY);
    const row = (await explained()).mails[0]!;
    expect(moment(row.sent_at!)).toBe("03-09 09:00");
  });

  test("counts caps for a mail that is still to be asked for", async () => {
    const capped = { ...FILES, "config/kindling.yaml": FILES["config/kindling.yaml"].replace("2d", "9d") };
    house = await openHouse(house.spine.db, await programmeOf(REPS, capped));
    await house.arrive(ANA, created({ country: "PT" }), act("demo.requested"));
    await send();
    expect(told(nextThings(await explained(), moment))).toContainEqual(
      "03-11 10:00 | The mail “hot/again” goes out (After the demo) | asked for 03-07 10:00, then the lead has had as many mails as the frequency cap allows; it is outside the sending window, or a holiday (until 03-09 09:00)",
    );
  });

  test("says why a lead gets no mail: the list, a pause for good, a hold", async () => {
    await house.arrive(ANA, created({}), eventInput("form.submitted", "lead", { form: "guide" }));
    await setHold(db, true);
    await house.arrive(ANA, eventInput("sequences.paused", "rep", { reason: "on holiday" }));
    await house.arrive(ANA, eventInput("email.unsubscribed", "lead", {}));
    expect(told(whyNoMail(await explained(), moment))).toEqual([
      `Gets no mail | on the suppression list since ${moment(MONDAY)}: unsubscribed`,
      "Sequences are paused | until somebody resumes them: on holiday",
      "All mail is on hold | nothing leaves before it is released",
    ]);
  });

  test("says what would begin a sequence, what of it is not so, and what keeps the lead out", async () => {
    await house.arrive(ANA, created({}), eventInput("form.submitted", "lead", { form: "guide" }));
    expect(told(whyNoMail(await explained(), moment))).toEqual([
      "Is in no sequence",
      "“After the demo” | begins when the lead does demo.requested",
      "“For customers” | begins when the lead turns warm, if stage is customer (which is not so now)",
      "“News” | begins when the lead does form.submitted; it was held out, to measure what the sequence causes, and nobody enters twice",
    ]);
  });

  test("says that consent is missing where it is required, and that an address is not confirmed", async () => {
    const strict = {
      ...FILES,
      "config/kindling.yaml": `${FILES["config/kindling.yaml"]}consent: { required: true }\n`,
    };
    house = await openHouse(house.spine.db, await programmeOf(REPS, strict));
    const arrival = { to: { email: ANA }, at: MONDAY, live: true, create: "form" as const };
    await house.spine.db.unit((trx) => appendToInbox(trx, [{ ...arrival, inputs: [act("demo.requested")] }]));
    await house.arrive(ANA);
    expect(told(whyNoMail(await explained(), moment))).toEqual([
      "Gets no mail before the address is confirmed | a form made this lead",
      "Gets no mail | the configuration requires consent, and none is on record",
    ]);
    expect(told(nextThings(await explained(), moment))).toContainEqual(
      "The mail “hot/thanks” waits for the lead's yes (After the demo) | the lead has not confirmed yet that we may write (until 03-05 10:00)",
    );
  });

  test("knows all that the gate said, also at one instant", async () => {
    await house.arrive(ANA, created({}), act("demo.requested"));
    await setHold(db, true);
    await send();
    await setHold(db, false);
    await send();
    const [mail] = leadJson(await explained()).mails;
    expect(mail!.decisions.map(({ decision, reason }) => [decision, reason])).toEqual([
      ["defer", "held"],
      ["send", null],
    ]);
  });

  test("names both mails of an A/B test, and the winner's once there is one", async () => {
    const tested = `
sequence: tested
title: Two ways
enter: [ { event: content.downloaded } ]
steps:
  - wait: 1d
  - id: which
    ab: { variants: { one: hot/thanks, two: hot/again }, measure: clicked, confidence: 95% }
`;
    const files = { ...FILES, "config/sequences/tested.yaml": tested };
    house = await openHouse(house.spine.db, await programmeOf(REPS, files));
    await house.arrive(ANA, created({}), act("content.downloaded"));
    const mails = async () => nextThings(await explained(), moment).map(({ words }) => words);
    expect(await mails()).toContain("The mail “hot/thanks” or “hot/again” goes out (Two ways)");
    const programme = house.spine.programme();
    const sequence = programme.sequences.get("tested")!;
    const winners = new Map([[abKey(sequence, sequence.steps["which"] as AbStep), "two"]]);
    house = { ...house, spine: { ...house.spine, programme: () => ({ ...programme, winners }) } };
    expect(await mails()).toContain("The mail “hot/again” goes out (Two ways)");
  });

  test("changes nothing", async () => {
    await house.arrive(ANA, created({ employees: 500 }), act("demo.requested"));
    house.clock.jumpTo(MONDAY + 30 * DAY + MINUTE);
    const dump = async () =>
      Promise.all(
        (
          ["leads", "lead_state", "messages", "message_decisions", "enrolments", "notices", "inbox"] as const
        ).map((table) => db.selectFrom(table).selectAll().execute()),
      );
    const before = await dump();
    const text = leadText(await explained(), moment);
    expect(await dump()).toEqual(before);
    expect(text).toContain("due now: A rep is told");
  });

  test("knows nobody by another's name, but who may be meant", async () => {
    await house.arrive(ANA, created({}));
    expect(await explainLead(house.spine, "anna@x.example")).toBeNull();
    expect(await emailsLike(db, "anna@x.example")).toEqual([ANA]);
    expect(await emailsLike(db, "an@y.example")).toEqual([ANA]);
    expect(await emailsLike(db, "zoe@y.example")).toEqual([]);
  });
});
