import Native from "better-sqlite3";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { HOUR, MINUTE, formatInstant } from "../../../src/instant.ts";
import { forEachDatabase } from "../../database.ts";
import { ADA, inFile, NOON } from "../house.ts";
import {
  AMAZON,
  CERTIFICATE,
  fromMailgun,
  fromPostmark,
  fromSendgrid,
  fromSes,
  laterCertificate,
  LOGIN,
  mailgunSignature,
  openDesk,
  sns,
  stranger,
  TOPIC,
  type Desk,
  type Sent,
} from "./desk.ts";

let desk: Desk | undefined;
afterEach(async () => {
  await desk?.db.close();
  desk = undefined;
});

/** For requests that change nothing, as each test then shows. */
let unchanged: Desk;
beforeAll(async () => {
  unchanged = await openDesk();
});
afterAll(() => unchanged.db.close());

async function open(database?: string): Promise<Desk> {
  desk = await openDesk(database);
  return desk;
}

const sesBounce = (id: string, more: object = {}) => ({
  notificationType: "Bounce",
  mail: { source: "ada@acme.example", commonHeaders: { messageId: id } },
  bounce: {
    bounceType: "Permanent",
    bounceSubType: "General",
    feedbackId: "0102-1",
    bouncedRecipients: [
      {
        emailAddress: ADA,
        action: "failed",
        status: "5.1.1",
        diagnosticCode: "smtp; 550 5.1.1 user unknown",
      },
    ],
    ...more,
  },
});

const sendgridBounce = (id: string, more: object = {}) => ({
  email: ADA,
  event: "bounce",
  type: "bounce",
  timestamp: NOON / 1000,
  "smtp-id": id,
  sg_event_id: "event-1",
  sg_message_id: "message-1",
  status: "5.1.1",
  reason: "550 5.1.1 The email account that you tried to reach does not exist.",
  ...more,
});

const mailgunBounce = (id: string, more: object = {}) => ({
  id: "event-1",
  event: "failed",
  severity: "permanent",
  reason: "bounce",
  "delivery-status": { code: 550, message: "No Such User Here" },
  message: { headers: { "message-id": id.slice(1, -1) } },
  recipient: ADA,
  ...more,
});

const postmarkBounce = (more: object = {}) => ({
  RecordType: "Bounce",
  ID: 42,
  Type: "HardBounce",
  Email: ADA,
  Details: "smtp;550 5.1.1 user unknown",
  ...more,
});

/** A hard bounce of Ada's mail, as each provider tells it. */
const BOUNCE: Readonly<Record<string, (desk: Desk) => Sent>> = {
  ses: ({ messageId }) => fromSes(sns(sesBounce(messageId))),
  sendgrid: ({ messageId }) => fromSendgrid([sendgridBounce(messageId)]),
  mailgun: ({ messageId }) => fromMailgun(mailgunBounce(messageId)),
  postmark: () => fromPostmark(postmarkBounce()),
};

describe("a provider's webhook", () => {
  test.each(Object.keys(BOUNCE))("of %s about a bad address stops mail to it, once", async (provider) => {
    const house = await open();
    const bounce = BOUNCE[provider]!(house);
    expect(await house.post(bounce)).toBe(200);
    expect(house.hurried()).toBe(1);
    expect(await house.told()).toEqual(["email.bounced hard userunknown"]);
    expect(await house.suppressed()).toBe("hard bounce");
    const before = await house.everything();
    expect(await house.post(bounce)).toBe({ mailgun: 406, postmark: 403 }[provider] ?? 409);
    expect(await house.everything()).toBe(before);
  });
});

forEachDatabase("a provider's webhook", (openDatabase, { url }) => {
  test("that is posted many times at once is taken once", async () => {
    const house = await open(url(await openDatabase()));
    const bounces = [BOUNCE["sendgrid"]!(house), BOUNCE["postmark"]!(house)];
    for (const [index, bounce] of bounces.entries()) {
      const statuses = await Promise.all(Array.from({ length: 8 }, () => house.post(bounce)));
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      expect(statuses.filter((status) => status >= 400 && status < 500)).toHaveLength(7);
      expect(await house.told()).toHaveLength(index + 1);
    }
    expect(await house.suppressed()).toBe("hard bounce");
  });
});

describe("what a provider tells", () => {
  test("is put down to the mail that it names, with its template, sequence and step", async () => {
    const house = await open();
    await house.post(BOUNCE["mailgun"]!(house));
    const [event] = await house.log();
    expect(event).toMatchObject({
      actor: "system",
      message: String(house.message),
      properties: {
        class: "hard",
        reason: "userunknown",
        provider: "mailgun",
        template: "warm/case-study",
        sequence: "warm-nurture",
        step: "send-1",
      },
    });
  });

  test("finds the mail by its return path too", async () => {
    const house = await open();
    const { mail, ...rest } = sesBounce("<of-their-own@eu-west-1.amazonses.com>");
    await house.post(fromSes(sns({ ...rest, mail: { ...mail, source: house.returnPath } })));
    expect((await house.log())[0]).toMatchObject({ message: String(house.message) });
  });

  test("by Postmark finds the mail by the token that it handed back", async () => {
    const house = await open();
    const kindling = house.token("verp", { message: house.message });
    await house.post(fromPostmark(postmarkBounce({ Metadata: { kindling }, Email: "other@x.example" })));
    expect((await house.log())[0]).toMatchObject({ message: String(house.message) });
  });

  test("without a mail of ours is for whoever has the address, and makes no lead", async () => {
    const house = await open();
    const to = (email: string, sg_event_id: string) =>
      sendgridBounce("<another@sender.example>", { email, sg_event_id, sg_message_id: sg_event_id });
    await house.post(fromSendgrid([to(" ADA@Customer.example", "1"), to("nobody@else.example", "2")]));
    expect(await house.suppressed()).toBe("hard bounce");
    expect(await house.log("nobody@else.example")).toEqual([]);
  });

  test("about a mail to a rep does not blame the lead whom it is about", async () => {
    const house = await open();
    await house.db.kysely
      .updateTable("messages")
      .set({ kind: "notice", recipient: "maria@acme.example" })
      .execute();
    expect(await house.post(BOUNCE["ses"]!(house))).toBe(200);
    expect(await house.told()).toEqual([]);
  });

  test("about a mail by which an address was to be confirmed stops mail to it", async () => {
    const house = await open();
    await house.db.kysely.updateTable("messages").set({ kind: "confirmation", sequence: null }).execute();
    await house.post(BOUNCE["mailgun"]!(house));
    expect(await house.suppressed()).toBe("hard bounce");
  });

  test("about an address that its lead has left does not stop mail to the new one", async () => {
    const house = await open();
    await house.db.kysely.updateTable("messages").set({ recipient: "old@customer.example" }).execute();
    await house.post(BOUNCE["mailgun"]!(house));
    expect(await house.told()).toEqual(["email.bounced hard userunknown"]);
    expect(await house.suppressed()).toBeNull();
    await house.post(fromMailgun({ ...mailgunBounce(house.messageId), id: "2", event: "complained" }));
    expect(await house.suppressed()).toBe("complained");
  });

  test("by two ids, or by one id twice, happens once: SendGrid gives a new id where it sends again", async () => {
    const house = await open();
    const one = sendgridBounce(house.messageId);
    expect(await house.post(fromSendgrid([one, one, { ...one, sg_event_id: "event-2" }]))).toBe(200);
    const later = { ...one, timestamp: one.timestamp + 9, sg_message_id: "other" };
    expect(await house.post(fromSendgrid([later, "not an event", { event: "delivered" }]))).toBe(200);
    expect(await house.told()).toEqual(["email.bounced hard userunknown"]);
  });

  test("stops mail where somebody complained or left, by any provider", async () => {
    const told = (messageId: string): [Sent, string][] => [
      [
        fromSes(
          sns({
            eventType: "Complaint",
            mail: { commonHeaders: { messageId } },
            complaint: { feedbackId: "7", complainedRecipients: [{ emailAddress: ADA }] },
          }),
        ),
        "complained",
      ],
      [fromSendgrid([sendgridBounce(messageId, { event: "spamreport" })]), "complained"],
      [fromSendgrid([sendgridBounce(messageId, { event: "unsubscribe" })]), "unsubscribed"],
      [fromMailgun({ ...mailgunBounce(messageId), event: "complained" }), "complained"],
      [fromMailgun({ ...mailgunBounce(messageId), event: "unsubscribed" }), "unsubscribed"],
      [fromPostmark(postmarkBounce({ RecordType: "SpamComplaint", Type: "SpamComplaint" })), "complained"],
      [
        fromPostmark({
          RecordType: "SubscriptionChange",
          Recipient: ADA,
          SuppressSending: true,
          SuppressionReason: "ManualSuppression",
          Origin: "Recipient",
        }),
        "unsubscribed",
      ],
    ];
    for (const index of told("").keys()) {
      const house = await openDesk();
      const [sent, stopped] = told(house.messageId)[index]!;
      expect(await house.post(sent)).toBe(200);
      expect(await house.suppressed()).toBe(stopped);
      await house.db.close();
    }
  });
});

describe("a request that is not the provider's", () => {
  /** Spoilt requests by what is wrong; each is answered 4xx. */
  const spoilt: Readonly<Record<string, (house: Desk) => Sent>> = {
    "ses: signed by a stranger": (house) => fromSes(sns(sesBounce(house.messageId), {}, stranger.privateKey)),
    "ses: altered": (house) =>
      fromSes({ ...sns(sesBounce(house.messageId)), Message: JSON.stringify(sesBounce("<x@y.example>")) }),
    "ses: with a subject that was not signed": (house) =>
      fromSes({ ...sns(sesBounce(house.messageId)), Subject: "Hello" }),
    "ses: of another topic": (house) => fromSes(sns(sesBounce(house.messageId), { TopicArn: `${TOPIC}-2` })),
    "ses: an hour old": (house) =>
      fromSes(sns(sesBounce(house.messageId), { Timestamp: formatInstant(NOON - HOUR - 1) })),
    "ses: from the future": (house) =>
      fromSes(sns(sesBounce(house.messageId), { Timestamp: formatInstant(NOON + 6 * MINUTE) })),
    "ses: with its signature in another spelling": (house) => {
      const sent = sns(sesBounce(house.messageId));
      return fromSes({ ...sent, Signature: sent.Signature.replace(/=+$/, "") });
    },
    "ses: with the signed text cut into other fields": () => {
      const sent = sns("{}\nMessageId\nfirst", { MessageId: "second" });
      return fromSes({ ...sent, Message: "{}", MessageId: "first\nMessageId\nsecond" });
    },
    "ses: raw, without SNS around it": (house) => fromSes(sesBounce(house.messageId)),
    "ses: of no kind that is known": (house) =>
      fromSes({ ...sns(sesBounce(house.messageId)), Type: "Rumour" }),
    "ses: with the signature of another version": (house) =>
      fromSes({ ...sns(sesBounce(house.messageId)), SignatureVersion: "1" }),
    "sendgrid: signed by a stranger": (house) => fromSendgrid([sendgridBounce(house.messageId)], NOON, true),
    "sendgrid: not signed": (house) => ({ ...fromSendgrid([sendgridBounce(house.messageId)]), headers: {} }),
    "sendgrid: altered": (house) => ({
      ...fromSendgrid([sendgridBounce(house.messageId)]),
      body: JSON.stringify([sendgridBounce(house.messageId, { event: "spamreport" })]),
    }),
    "sendgrid: written anew": (house) => {
      const sent = fromSendgrid([sendgridBounce(house.messageId)]);
      return { ...sent, body: JSON.stringify(JSON.parse(sent.body as string), null, 1) };
    },
    "sendgrid: six minutes old": (house) =>
      fromSendgrid([sendgridBounce(house.messageId)], NOON - 6 * MINUTE),
    "sendgrid: from the future": (house) =>
      fromSendgrid([sendgridBounce(house.messageId)], NOON + 6 * MINUTE),
    "mailgun: signed by a stranger": (house) =>
      fromMailgun(mailgunBounce(house.messageId), mailgunSignature(NOON, "another key")),
    "mailgun: not signed": (house) => fromMailgun(mailgunBounce(house.messageId), null),
    "mailgun: with another token": (house) =>
      fromMailgun(mailgunBounce(house.messageId), { ...mailgunSignature(), token: "another" }),
    "mailgun: made younger": (house) =>
      fromMailgun(mailgunBounce(house.messageId), {
        ...mailgunSignature(NOON - HOUR),
        timestamp: String(NOON / 1000),
      }),
    "mailgun: six minutes old": (house) =>
      fromMailgun(mailgunBounce(house.messageId), mailgunSignature(NOON - 6 * MINUTE)),
    "postmark: with another password": () => fromPostmark(postmarkBounce(), "kindling:wrong"),
    "postmark: with a longer password": () => fromPostmark(postmarkBounce(), `${LOGIN}!`),
    "postmark: without a login": () => ({ ...fromPostmark(postmarkBounce()), headers: {} }),
  };

  test.each(Object.keys(spoilt))("changes nothing (%s)", async (what) => {
    const before = await unchanged.everything();
    const status = await unchanged.post(spoilt[what]!(unchanged));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(await unchanged.everything()).toBe(before);
    expect(unchanged.hurried()).toBe(0);
  });

  test("changes nothing where a token of Mailgun's is used for other news", async () => {
    const house = await open();
    const signature = mailgunSignature();
    expect(await house.post(fromMailgun({ id: "1", event: "delivered", recipient: ADA }, signature))).toBe(
      200,
    );
    const before = await house.everything();
    expect(await house.post(fromMailgun(mailgunBounce(house.messageId), signature))).toBe(406);
    expect(await house.everything()).toBe(before);
  });

  test("is still known as a replay when its signature is about to be too old, and refused for its age later", async () => {
    const house = await open();
    const bounce = BOUNCE["ses"]!(house);
    await house.post(bounce);
    house.clock.jumpTo(NOON + HOUR);
    expect(await house.post(bounce)).toBe(409);
    house.clock.jumpTo(NOON + 5 * HOUR);
    expect(await house.post(bounce)).toBe(403);
    expect(await house.post(BOUNCE["postmark"]!(house))).toBe(200);
    await house.post(fromMailgun({ event: "delivered" }, mailgunSignature(NOON + 5 * HOUR)));
    expect(await house.db.kysely.selectFrom("provider_requests").selectAll().execute()).toHaveLength(1);
  });

  test("is refused in a log that does not grow as fast as strangers ask", async () => {
    const house = await open();
    for (let ask = 0; ask < 50; ask++) await house.post(fromPostmark({}, "wrong:wrong"));
    expect(house.warnings).toHaveLength(10);
  });
});

describe("what is not set up", () => {
  test("is 404 for a provider that the configuration does not name", async () => {
    const house = await open();
    const settings = house.spine.programme().settings;
    Object.assign(settings, { providers: { ...settings.providers, postmark: null } });
    const status = await house.post(BOUNCE["postmark"]!(house));
    Object.assign(settings, {
      providers: { ...settings.providers, postmark: { loginEnv: "POSTMARK_LOGIN" } },
    });
    expect(status).toBe(404);
  });

  test("is asked for again while the variable with the secret is not set", async () => {
    const house = await open();
    house.secrets["MAILGUN_KEY"] = undefined;
    expect(await house.post(BOUNCE["mailgun"]!(house))).toBe(503);
    expect(await house.told()).toEqual([]);
  });

  test("is asked for again while the database is locked, and taken then", async () => {
    const url = inFile();
    const house = await open(url);
    const bounce = BOUNCE["mailgun"]!(house);
    const other = new Native(url.slice("sqlite:".length));
    other.exec("begin immediate");
    expect(await house.post(bounce)).toBe(503);
    other.exec("rollback");
    other.close();
    expect(await house.post(bounce)).toBe(200);
    expect(await house.suppressed()).toBe("hard bounce");
  });

  test("a body that is too large, no JSON or no UTF-8 is refused", async () => {
    const house = await open();
    const { path, headers } = BOUNCE["postmark"]!(house);
    const statusOf = (body: Sent["body"]) => house.post({ path, headers, body });
    expect(await statusOf("x".repeat(2 * 1024 * 1024 + 1))).toBe(413);
    expect(await statusOf("{")).toBe(400);
    expect(await statusOf(new Uint8Array([0x22, 0xff, 0x22]))).toBe(400);
    expect(await statusOf("[".repeat(100_000))).toBe(400);
    expect(await statusOf('{"__proto__":{"RecordType":"Bounce"}}')).toBe(200);
    expect(await house.told()).toEqual([]);
  });
});

describe("Amazon's certificate", () => {
  test("is fetched once, and reads both versions of signature", async () => {
    const house = await open();
    expect(await house.post(fromSes(sns({}, { SignatureVersion: "1" })))).toBe(200);
    expect(await house.post(fromSes(sns({}, { SignatureVersion: "2", Subject: "With one" })))).toBe(200);
    expect(house.asked).toEqual([CERTIFICATE]);
  });

  test.each([
    "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
    "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem",
    "https://evil.example/sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
    "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-1.pem",
    "https://user@sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
    "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-1.pem",
    "https://s3.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
    "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem",
    "https://sns.eu-west-1.amazonaws.com.cn/SimpleNotificationService-1.pem",
    "https://SNS.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
    "https://sns.eu-west-1.amazonaws.com./SimpleNotificationService-1.pem",
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.crt",
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem?x=1",
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem#x",
    "https://sns.eu-west-1.amazonaws.com/a/../SimpleNotificationService-1.pem",
    "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&x=.pem",
    "https:/\\evil.example/SimpleNotificationService-1.pem",
    "file:///etc/passwd.pem",
    "no address",
  ])("is never fetched from %s", async (SigningCertURL) => {
    const asked = unchanged.asked.length;
    const sent = sns(sesBounce(unchanged.messageId), { SigningCertURL });
    expect(await unchanged.post(fromSes(sent))).toBe(401);
    expect(unchanged.asked).toHaveLength(asked);
  });

  const OTHER = `${AMAZON}/SimpleNotificationService-2.pem`;

  test("is not believed where it is another's, has run out, or can't be had; then SNS asks again", async () => {
    const house = await open();
    const post = () => house.post(BOUNCE["ses"]!(house));
    const real = house.amazons.get(CERTIFICATE)!;
    house.amazons.set(CERTIFICATE, "no certificate");
    expect(await post()).toBe(401);
    house.amazons.delete(CERTIFICATE);
    expect(await post()).toBe(429);
    house.amazons.set(CERTIFICATE, real);
    expect(await post()).toBe(200);
    house.amazons.set(OTHER, laterCertificate);
    expect(await house.post(fromSes(sns({}, { SigningCertURL: OTHER })))).toBe(401);
    house.clock.jumpTo(NOON + 31 * 24 * HOUR);
    const Timestamp = formatInstant(house.clock.now());
    expect(await house.post(fromSes(sns(sesBounce(house.messageId), { Timestamp })))).toBe(401);
  });

  test("is not looked for without bound", async () => {
    const house = await open();
    for (let ask = 0; ask < 30; ask++) {
      const SigningCertURL = `${AMAZON}/SimpleNotificationService-${ask}.pem`;
      expect(await house.post(fromSes(sns({}, { SigningCertURL })))).toBe(429);
    }
    expect(house.asked).toHaveLength(10);
  });
});

describe("a subscription of SNS", () => {
  const Token = "2336412f37";
  const address = (query: Record<string, string> = {}, at = `${AMAZON}/`) =>
    `${at}?${new URLSearchParams({ Action: "ConfirmSubscription", TopicArn: TOPIC, Token, ...query }).toString()}`;
  const confirmation = (SubscribeURL: string) =>
    sns("You have chosen to subscribe", { Type: "SubscriptionConfirmation", Token, SubscribeURL });

  test("of the configured topic is confirmed at Amazon, once", async () => {
    const house = await open();
    const url = `${AMAZON}/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=${Token}`;
    const sent = fromSes(confirmation(url));
    expect(await house.post(sent)).toBe(200);
    expect(await house.post(sent)).toBe(409);
    expect(house.asked).toEqual([CERTIFICATE, url]);
  });

  test("that can't be confirmed now is asked for again", async () => {
    const house = await open();
    const get = house.amazons.get(CERTIFICATE)!;
    house.amazons.delete(CERTIFICATE);
    const sent = fromSes(confirmation(address()));
    expect(await house.post(sent)).toBe(429);
    house.amazons.set(CERTIFICATE, get);
    expect(await house.post(sent)).toBe(200);
  });

  test.each([
    address({}, "https://evil.example/"),
    address({}, "http://sns.eu-west-1.amazonaws.com/"),
    address({}, "https://sns.eu-west-1.amazonaws.com.evil.example/"),
    address({}, "https://169.254.169.254/"),
    address({ TopicArn: `${TOPIC}-2` }),
    address({ Action: "DeleteTopic" }),
    `${address()}&Action=DeleteTopic`,
    address({ Token: "another" }),
  ])("is not confirmed by asking %s", async (url) => {
    expect(await unchanged.post(fromSes(confirmation(url)))).toBe(401);
    expect(unchanged.asked.filter((address) => address !== CERTIFICATE)).toEqual([]);
  });

  test("is not confirmed for a stranger", async () => {
    const house = await open();
    const { Signature: _, ...rest } = confirmation(address());
    expect(await house.post(fromSes(sns(rest.Message, rest, stranger.privateKey)))).toBe(401);
    expect(house.asked).toEqual([CERTIFICATE]);
  });

  test("that ends is said aloud, and never taken up again by itself", async () => {
    const house = await open();
    const { Signature: _, ...rest } = confirmation(address());
    expect(await house.post(fromSes(sns(rest.Message, { ...rest, Type: "UnsubscribeConfirmation" })))).toBe(
      200,
    );
    expect(house.asked).toEqual([CERTIFICATE]);
    expect(house.warnings).toEqual([expect.stringContaining("not subscribed any more")]);
  });
});
