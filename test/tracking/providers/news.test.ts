import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readMailgun } from "../../../src/tracking/providers/mailgun.ts";
import { bounced, type News } from "../../../src/tracking/providers/news.ts";
import { readPostmark } from "../../../src/tracking/providers/postmark.ts";
import { isSendgrids, readSendgrid } from "../../../src/tracking/providers/sendgrid.ts";
import { readSes } from "../../../src/tracking/providers/ses.ts";

function payload(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`payloads/${path}.json`, import.meta.url), "utf8"));
}

/** `bounced hard userunknown`, `complained`, … */
function words(news: readonly News[] | null): string[] {
  return (news ?? []).map(({ what }) =>
    what.type === "email.bounced"
      ? `bounced ${what.bounce.class} ${what.bounce.reason}${what.bounce.class === "soft" && !what.bounce.counts ? " blameless" : ""}`
      : what.type.replace("email.", ""),
  );
}

test.each([
  ["accepted", []],
  ["delivered_messages", []],
  ["opens", []],
  ["clicks", []],
  ["temporary_failure", []],
  ["permanent_failure", ["bounced hard userunknown"]],
  ["permanent_failure_no_description", ["bounced hard userunknown"]],
  ["suppression_failure", ["bounced soft rejected"]],
  ["spam_complaints", ["complained"]],
  ["unsubscribes", ["unsubscribed"]],
])("Mailgun's %s is read as %j", (name, expected) => {
  const news = readMailgun(payload(`mailgun/${name}`), "token");
  expect(words(news)).toEqual(expected);
  for (const one of news) expect(one.recipient).toBe("alice@example.com");
});

test.each([
  ["delivery", []],
  ["open", []],
  ["link_click", []],
  ["bounce", ["bounced hard userunknown"]],
  ["spam_complaint", ["complained"]],
  // Told as a bounce, with the server's words.
  ["subscription_change", []],
])("Postmark's %s is read as %j", (name, expected) => {
  const news = readPostmark(payload(`postmark/${name}`));
  expect(words(news)).toEqual(expected);
  for (const one of news) expect(one.recipient).toBe("john@example.com");
});

test("a complaint that Postmark tells twice is one", () => {
  const complaint = payload("postmark/spam_complaint");
  const change = {
    ...(payload("postmark/subscription_change") as object),
    SuppressionReason: "SpamComplaint",
  };
  expect(readPostmark(change)[0]!.ids).toEqual(readPostmark(complaint)[0]!.ids);
});

test("SendGrid's batch is read event by event; what it dropped by its own list counts, and suppresses nobody at once", () => {
  const news = readSendgrid(payload("sendgrid/batch"));
  expect(words(news)).toEqual(["bounced soft rejected"]);
  expect(news![0]).toMatchObject({
    recipient: "hello@world.com",
    mails: ["<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>"],
  });
  expect(readSendgrid({ event: "bounce" })).toBeNull();
});

test("SendGrid's own published example of a signature holds, and holds for nothing else", () => {
  // The example of its client libraries, with the line end that belongs to the body.
  const key =
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
  const signature =
    "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=";
  const timestamp = "1600112502";
  const text = JSON.stringify(payload("sendgrid/webhook"));
  const body = Buffer.from(`${text}\r\n`);
  expect(isSendgrids(key, { signature, timestamp, body })).toBe(true);
  expect(isSendgrids(key, { signature, timestamp: "1600112503", body })).toBe(false);
  expect(isSendgrids(key, { signature, timestamp, body: Buffer.from(text) })).toBe(false);
  expect(isSendgrids(key, { signature: `${signature} `, timestamp, body })).toBe(false);
  expect(isSendgrids(key, { signature: "", timestamp, body })).toBe(false);
});

const sesBounce = (bounceType: string, bounceSubType: string, diagnosticCode?: string) =>
  readSes(
    {
      eventType: "Bounce",
      mail: {},
      bounce: {
        bounceType,
        bounceSubType,
        bouncedRecipients: [{ emailAddress: "a@b.example", diagnosticCode }],
      },
    },
    "id",
  );

test.each([
  ["Permanent", "General", undefined, "bounced hard userunknown"],
  ["Permanent", "NoEmail", undefined, "bounced hard userunknown"],
  ["Permanent", "General", "smtp; 550 5.1.1 user unknown", "bounced hard userunknown"],
  ["Permanent", "General", "smtp; 550 5.7.1 blocked using Spamhaus", "bounced soft blocked blameless"],
  ["Permanent", "General", "smtp; 552 5.2.2 mailbox full", "bounced soft mailboxfull blameless"],
  ["Permanent", "General", "smtp; 550 5.1.8 nope", "bounced soft rejected"],
  ["Permanent", "OnAccountSuppressionList", "smtp; 550 no such user", "bounced soft rejected"],
  ["Permanent", "UnsubscribedRecipient", undefined, "unsubscribed"],
  ["Transient", "General", "smtp; 550 5.1.1 user unknown", "bounced soft userunknown"],
  ["Transient", "General", undefined, "bounced soft rejected"],
  ["Transient", "MailboxFull", "smtp; 550 5.1.1 user unknown", "bounced soft mailboxfull blameless"],
  ["Transient", "MessageTooLarge", undefined, "bounced soft mesgtoobig blameless"],
  ["Transient", "ContentRejected", undefined, "bounced soft contenterror blameless"],
  ["Undetermined", "Undetermined", undefined, "bounced soft rejected"],
])("SES's %s %s bounce (%s) is read as %s", (type, subType, diagnostic, expected) => {
  expect(words(sesBounce(type, subType, diagnostic))).toEqual([expected]);
});

test("what SES tells of deliveries, opens and the like, and what somebody types into the topic, is nothing", () => {
  for (const eventType of ["Send", "Delivery", "Open", "Click", "DeliveryDelay", "Reject", "Bounce"])
    expect(readSes({ eventType, mail: {} }, "id")).toEqual([]);
  for (const other of [null, "Successfully validated SNS topic", [], { mail: 1 }])
    expect(readSes(other, "id")).toEqual([]);
  const complaint = (complaintFeedbackType: string) => ({
    eventType: "Complaint",
    mail: {},
    complaint: { complaintFeedbackType, complainedRecipients: [{ emailAddress: "a@b.example" }] },
  });
  for (const type of ["not-spam", "auth-failure"]) expect(readSes(complaint(type), "id")).toEqual([]);
  expect(readSes(complaint("abuse"), "id")).toHaveLength(1);
});

const sendgrid = (more: object) => words(readSendgrid([{ event: "bounce", email: "a@b.example", ...more }]));

test("a refusal for policy, reputation, size or a full mailbox is never held against the address, by any provider", () => {
  const blameless = expect.stringMatching(/^bounced soft \w+ blameless$/);
  for (const reason of [
    "550 5.7.1 Message rejected due to policy",
    "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using Spamhaus",
    "550 5.7.26 DMARC check failed",
    "552 5.3.4 Message size exceeds fixed limit",
    "552 5.2.2 The email account that you tried to reach is over quota",
    "554 5.7.0 Message looks like spam",
  ]) {
    expect(sendgrid({ type: "bounce", reason })).toEqual([blameless]);
    expect(sendgrid({ type: "bounce", bounce_classification: "Invalid Address", reason })).toEqual([
      blameless,
    ]);
    expect(words(sesBounce("Permanent", "General", `smtp; ${reason}`))).toEqual([blameless]);
    expect(
      words(readPostmark({ RecordType: "Bounce", Type: "HardBounce", Details: `smtp;${reason}` })),
    ).toEqual([blameless]);
    const status = { code: Number(reason.slice(0, 3)), message: reason.slice(4) };
    const event = { event: "failed", severity: "permanent", reason: "bounce", "delivery-status": status };
    expect(words(readMailgun({ "event-data": event }, "token"))).toEqual([blameless]);
  }
  expect(sendgrid({ type: "blocked", reason: "550 5.1.1 user unknown" })).toEqual([blameless]);
  expect(sendgrid({ bounce_classification: "Reputation", reason: "550 no" })).toEqual([blameless]);
  expect(words(readPostmark({ RecordType: "Bounce", Type: "Blocked", Details: "550 unknown user" }))).toEqual(
    [blameless],
  );
});

test("what only the provider says is believed where the server's words say nothing", () => {
  expect(sendgrid({ bounce_classification: "Invalid Address", reason: "550 nope" })).toEqual([
    "bounced hard userunknown",
  ]);
  expect(sendgrid({ bounce_classification: "Mailbox Unavailable", reason: "550 unknown user" })).toEqual([
    "bounced soft userunknown",
  ]);
  expect(words(readSendgrid([{ event: "dropped", reason: "Invalid" }]))).toEqual([
    "bounced hard userunknown",
  ]);
  expect(words(readSendgrid([{ event: "dropped", reason: "Spam Reporting Address" }]))).toEqual([
    "complained",
  ]);
  expect(words(readSendgrid([{ event: "dropped", reason: "Unsubscribed Address" }]))).toEqual([
    "unsubscribed",
  ]);
  expect(words(readSendgrid([{ event: "dropped", reason: "Spam Content" }]))).toEqual([
    "bounced soft contenterror blameless",
  ]);
  expect(words(readPostmark({ RecordType: "Bounce", Type: "SoftBounce", Details: "" }))).toEqual([
    "bounced soft rejected",
  ]);
  for (const Type of ["Transient", "AutoResponder", "AddressChange", "constructor"])
    expect(readPostmark({ RecordType: "Bounce", Type })).toEqual([]);
});

test("the status is the one that the server wrote, wherever the provider puts it", () => {
  const opinion = { permanent: true, bounce: null };
  for (const reply of [
    { text: "smtp; 550 5.1.1 user unknown" },
    { text: "550-5.1.1 user unknown" },
    { text: "user unknown", status: "5.1.1" },
    { text: "5.1.1 user unknown", code: 550 },
  ])
    expect(bounced(reply, opinion)).toMatchObject({ status: "5.1.1", bounce: { class: "hard" } });
  expect(bounced({ text: "user unknown", status: "\0'; drop" }, opinion).status).toBeNull();
});
