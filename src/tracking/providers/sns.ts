import { verify, X509Certificate } from "node:crypto";
import { z } from "zod";
import type { Instant } from "../../instant.ts";

/** One line: what the signed text is made of can then be read in one way only. */
const line = z
  .string()
  .regex(/^[^\r\n]+$/)
  .max(2000);

const message = z.object({
  Type: z.enum(["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]),
  MessageId: line,
  TopicArn: line,
  Subject: line.nullish(),
  Message: z.string(),
  Timestamp: line,
  Token: line.optional(),
  SubscribeURL: line.optional(),
  SignatureVersion: z.enum(["1", "2"]),
  Signature: line,
  SigningCertURL: line,
});

/** What SNS posts, nothing of it believed yet. */
export type SnsMessage = z.infer<typeof message>;

/** Null for anything else, also for "raw message delivery", which has no signature. */
export function readSnsMessage(value: unknown): SnsMessage | null {
  return message.safeParse(value).data ?? null;
}

/** The one host of Amazon that signs for a topic (an ARN) and confirms its subscriptions. */
function hostOf(topic: string): string {
  const [, partition, , region] = topic.split(":");
  return `sns.${region}.amazonaws.com${partition === "aws-cn" ? ".cn" : ""}`;
}

/** The address of the certificate, where it is a certificate on the topic's own host at Amazon; null for any other. */
export function certificateAddress(text: string, topic: string): string | null {
  const url = amazons(text, topic);
  return url &&
    /^\/SimpleNotificationService-[0-9A-Za-z]{1,100}\.pem$/.test(url.pathname) &&
    url.search === ""
    ? url.href
    : null;
}

/** Where a subscription of this topic is confirmed; null for any other address. */
export function confirmationAddress({ SubscribeURL = "", Token }: SnsMessage, topic: string): string | null {
  const url = amazons(SubscribeURL, topic);
  const asked = (name: string) => url?.searchParams.getAll(name).join();
  return url?.pathname === "/" &&
    asked("Action") === "ConfirmSubscription" &&
    asked("TopicArn") === topic &&
    asked("Token") === Token
    ? url.href
    : null;
}

/** Written exactly so: https, the host, no user, no port, no fragment. */
function amazons(text: string, topic: string): URL | null {
  if (!text.startsWith(`https://${hostOf(topic)}/`) || !URL.canParse(text)) return null;
  const url = new URL(text);
  return url.host === hostOf(topic) && url.href === text && url.hash === "" ? url : null;
}

/** Whether this certificate's key signed the message, and the certificate is valid now. Never throws. */
export function isSignedBy(sent: SnsMessage, certificate: X509Certificate, now: Instant): boolean {
  const { validFromDate, validToDate, publicKey } = certificate;
  if (now < validFromDate.getTime() || now > validToDate.getTime()) return false;
  if (publicKey.asymmetricKeyType !== "rsa") return false;
  const signature = Buffer.from(sent.Signature, "base64");
  // The decoder skips what it does not know: only the one spelling that Amazon writes is taken.
  if (signature.toString("base64") !== sent.Signature) return false;
  const digest = sent.SignatureVersion === "1" ? "RSA-SHA1" : "RSA-SHA256";
  return verify(digest, Buffer.from(signedText(sent)), publicKey, signature);
}

/** Each name and value on a line of its own, in this order (SNS developer guide, "Verifying signatures"). */
export function signedText(sent: SnsMessage): string {
  const names =
    sent.Type === "Notification"
      ? (["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"] as const)
      : (["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"] as const);
  return names.flatMap((name) => (typeof sent[name] === "string" ? `${name}\n${sent[name]}\n` : [])).join("");
}

/** PEM, of one certificate. Null for anything else. */
export function readCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}
