import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  fromMailgun,
  fromPostmark,
  fromSendgrid,
  fromSes,
  mailgunSignature,
  openDesk,
  sns,
  type Desk,
  type Sent,
} from "./desk.ts";

let desk: Desk;
let before: string;
beforeAll(async () => {
  desk = await openDesk();
  before = await desk.everything();
});
afterAll(() => desk.db.close());

/** Another byte at some place, and never the same one. */
function flipped(text: string, place: number, by: number): string {
  const bytes = Buffer.from(text, "latin1");
  bytes[place % bytes.length]! ^= by;
  return bytes.toString("latin1");
}

const flip = fc.record({ part: fc.nat(), place: fc.nat(), by: fc.integer({ min: 1, max: 127 }) });

/** Each way to spoil it is refused, and nothing is changed. */
async function refuses(spoil: (flip: { part: number; place: number; by: number }) => Sent | null) {
  await fc.assert(
    fc.asyncProperty(flip, async (how) => {
      const sent = spoil(how);
      fc.pre(sent !== null);
      const status = await desk.post(sent);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }),
    { numRuns: 100 },
  );
  expect(await desk.everything()).toBe(before);
}

test("one altered byte of SendGrid's body, signature or timestamp makes it worth nothing", async () => {
  const sent = fromSendgrid([{ event: "spamreport", email: "ada@customer.example", sg_event_id: "1" }]);
  const [, signature, timestamp] = Object.keys(sent.headers);
  await refuses(({ part, place, by }) => {
    if (part % 3 === 0)
      return { ...sent, body: Buffer.from(flipped(sent.body as string, place, by), "latin1") };
    const name = part % 3 === 1 ? signature! : timestamp!;
    const value = flipped(sent.headers[name]!, place, by);
    // A header can't have it, or loses it on the way.
    return /^[!-~]+$/.test(value) ? { ...sent, headers: { ...sent.headers, [name]: value } } : null;
  });
});

test("one altered byte of what SNS signs, or of its signature, makes it worth nothing", async () => {
  const sent = sns(
    { notificationType: "Complaint", complaint: { complainedRecipients: [] } },
    { Subject: "Hello", Type: "Notification" },
  );
  const names = [
    "Message",
    "MessageId",
    "Subject",
    "Timestamp",
    "TopicArn",
    "Type",
    "Signature",
    "SignatureVersion",
  ] as const;
  await refuses(({ part, place, by }) => {
    const name = names[part % names.length]!;
    return fromSes({ ...sent, [name]: flipped(sent[name]!, place, by) });
  });
});

test("one altered byte of Mailgun's token, timestamp or signature makes it worth nothing", async () => {
  const signature = mailgunSignature();
  const names = ["token", "timestamp", "signature"] as const;
  await refuses(({ part, place, by }) => {
    const name = names[part % names.length]!;
    const spoilt = { ...signature, [name]: flipped(signature[name], place, by) };
    return fromMailgun({ event: "complained", id: "1", recipient: "ada@customer.example" }, spoilt);
  });
});

test("one altered byte of Postmark's login makes it worth nothing", async () => {
  const sent = fromPostmark({ RecordType: "SpamComplaint", Email: "ada@customer.example" });
  const authorization = sent.headers["authorization"]!;
  await refuses(({ place, by }) => {
    const value = `Basic ${flipped(authorization.slice("Basic ".length), place, by)}`;
    return /^Basic [!-~]+$/.test(value)
      ? { ...sent, headers: { ...sent.headers, authorization: value } }
      : null;
  });
});
