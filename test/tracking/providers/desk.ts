import { createHmac, generateKeyPairSync, randomUUID, sign, type KeyObject } from "node:crypto";
import { DAY, formatInstant, SECOND, type Instant } from "../../../src/instant.ts";
import { signedText, type SnsMessage } from "../../../src/tracking/providers/sns.ts";
import { providerRoutes } from "../../../src/tracking/providers/providers.routes.ts";
import { findLead } from "../../../src/leads/leads.store.ts";
import { ADA, FILES, NOON, openHouse } from "../house.ts";
import { certificate } from "./certificate.ts";

export const TOPIC = "arn:aws:sns:eu-west-1:123456789012:kindling";
export const AMAZON = "https://sns.eu-west-1.amazonaws.com";
export const CERTIFICATE = `${AMAZON}/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem`;
export const LOGIN = "kindling:correct horse battery staple";
const MAILGUN_KEY = "key-of-this-test";

const amazon = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
/** Amazon's, valid from tomorrow on. */
export const laterCertificate = certificate(amazon, NOON + DAY, NOON + 30 * DAY);
const sendgrid = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const elliptic = generateKeyPairSync("ec", { namedCurve: "prime256v1" });

const publicKey = sendgrid.publicKey.export({ format: "der", type: "spki" }).toString("base64");

const PROVIDERS = `
providers:
  ses: { topic: "${TOPIC}" }
  sendgrid: { public_key: ${publicKey} }
  mailgun: { signing_key_env: MAILGUN_KEY }
  postmark: { login_env: POSTMARK_LOGIN }
`;

const WITH_PROVIDERS = {
  ...FILES,
  "config/kindling.yaml":
    FILES["config/kindling.yaml"]!.replace(
      "<ada@acme.example> }",
      "<ada@acme.example>, bounces: { soft_limit: 3 } }",
    ) + PROVIDERS,
};

/** A request on its way, to be spoilt. */
export interface Sent {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

/** The house with all four providers configured, and a lead, Ada, who got one mail. */
export async function openDesk(database?: string) {
  const house = await openHouse({ files: WITH_PROVIDERS, ...(database === undefined ? {} : { database }) });
  await house.lead();
  const message = await house.mail();
  const asked: string[] = [];
  const amazons = new Map([[CERTIFICATE, certificate(amazon, NOON - DAY, NOON + 30 * DAY)]]);
  const secrets: Record<string, string | undefined> = { MAILGUN_KEY, POSTMARK_LOGIN: LOGIN };
  const app = providerRoutes({
    ...house.deps,
    variable: (name) => secrets[name],
    get: (url) => {
      asked.push(url);
      const answer = url.startsWith(`${AMAZON}/?`) ? "<ok/>" : amazons.get(url);
      return answer === undefined ? Promise.reject(new Error("answered 404")) : Promise.resolve(answer);
    },
  });
  const { db } = house;
  return {
    ...house,
    message,
    /** What was fetched. */
    asked,
    /** What Amazon serves, by address. */
    amazons,
    secrets,
    messageId: `<k.${house.token("verp", { message })}@acme.example>`,
    returnPath: `b-${house.token("verp", { message })}@bounces.acme.example`,
    async post({ path, headers, body }: Sent): Promise<number> {
      return (await app.request(path, { method: "POST", headers: { ...headers }, body })).status;
    },
    async suppressed(email = ADA): Promise<string | null> {
      await house.log(email);
      return (await findLead(db.kysely, email))?.suppressed ?? null;
    },
    /** The log without what every event of a provider has, for one glance. */
    async told(email = ADA): Promise<string[]> {
      const log = await house.log(email);
      return log.map(({ type, properties: { class: kind, reason, counts } }) =>
        [type, kind, reason, counts === false ? "blameless" : null].filter(Boolean).join(" "),
      );
    },
    /** Everything that a request could change. */
    async everything(): Promise<string> {
      const tables = ["inbox", "event_keys", "provider_requests", "events", "suppressions"] as const;
      const rows = await Promise.all(
        tables.map((table) => db.kysely.selectFrom(table).selectAll().execute()),
      );
      return JSON.stringify([rows, await findLead(db.kysely, ADA)]);
    },
  };
}

export type Desk = Awaited<ReturnType<typeof openDesk>>;

/** A message of SNS as Amazon signs it; `change` is made before it is signed. */
export function sns(
  content: unknown,
  change: Partial<SnsMessage> = {},
  key: KeyObject = amazon.privateKey,
): SnsMessage {
  const sent: SnsMessage = {
    Type: "Notification",
    MessageId: randomUUID(),
    TopicArn: TOPIC,
    Message: typeof content === "string" ? content : JSON.stringify(content),
    Timestamp: formatInstant(NOON),
    SignatureVersion: "2",
    Signature: "",
    SigningCertURL: CERTIFICATE,
    ...change,
  };
  const digest = sent.SignatureVersion === "1" ? "RSA-SHA1" : "RSA-SHA256";
  return { ...sent, Signature: sign(digest, Buffer.from(signedText(sent)), key).toString("base64") };
}

export function fromSes(sent: object): Sent {
  return {
    path: "/hooks/ses",
    headers: { "content-type": "text/plain; charset=UTF-8" },
    body: JSON.stringify(sent),
  };
}

export function fromSendgrid(events: unknown, at: Instant = NOON, forged = false): Sent {
  const body = typeof events === "string" ? events : JSON.stringify(events);
  const timestamp = String(at / SECOND);
  const key = forged ? elliptic.privateKey : sendgrid.privateKey;
  const signature = sign("sha256", Buffer.from(timestamp + body), key).toString("base64");
  return {
    path: "/hooks/sendgrid",
    headers: {
      "content-type": "application/json",
      "x-twilio-email-event-webhook-signature": signature,
      "x-twilio-email-event-webhook-timestamp": timestamp,
    },
    body,
  };
}

export function mailgunSignature(at: Instant = NOON, key = MAILGUN_KEY) {
  const timestamp = String(at / SECOND);
  const token = randomUUID();
  const signature = createHmac("sha256", key)
    .update(timestamp + token)
    .digest("hex");
  return { timestamp, token, signature };
}

export function fromMailgun(event: object, signature: unknown = mailgunSignature()): Sent {
  return {
    path: "/hooks/mailgun",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ signature, "event-data": event }),
  };
}

export function fromPostmark(record: unknown, login = LOGIN): Sent {
  return {
    path: "/hooks/postmark",
    headers: {
      "content-type": "application/json",
      authorization: `Basic ${Buffer.from(login).toString("base64")}`,
    },
    body: JSON.stringify(record),
  };
}
