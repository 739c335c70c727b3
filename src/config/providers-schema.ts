import { createPublicKey } from "node:crypto";
import { z } from "zod";
import { environmentField, textField } from "./fields.ts";
import type { Providers } from "./settings.ts";

const TOPIC = /^arn:(aws|aws-cn|aws-us-gov):sns:[a-z]{2}(-[a-z]+)+-\d+:\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?$/;

const topicField = textField(
  (value) =>
    TOPIC.test(value)
      ? null
      : {
          message: `"${value}" is no SNS topic`,
          suggestion: "its ARN, like arn:aws:sns:eu-west-1:123456789012:kindling",
        },
  "a topic is its ARN",
  TOPIC,
);

const publicKeyField = textField((value) =>
  isEllipticKey(value)
    ? null
    : {
        message: "is no verification key",
        suggestion: 'the line beginning with "MFkw" under Signed Event Webhook in SendGrid\'s settings',
      },
);

function isEllipticKey(text: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(text, "base64"), format: "der", type: "spki" });
    return key.asymmetricKeyType === "ec";
  } catch {
    return false;
  }
}

/** Whose webhooks are taken, and what proves that they are theirs. */
export const providersFile = z.strictObject({
  ses: z.strictObject({ topic: topicField }).optional(),
  sendgrid: z.strictObject({ public_key: publicKeyField }).optional(),
  mailgun: z.strictObject({ signing_key_env: environmentField }).optional(),
  postmark: z.strictObject({ login_env: environmentField }).optional(),
});

export function toProviders(file: z.infer<typeof providersFile> = {}): Providers {
  const { ses, sendgrid, mailgun, postmark } = file;
  return {
    ses: ses ?? null,
    sendgrid: sendgrid ? { publicKey: sendgrid.public_key } : null,
    mailgun: mailgun ? { signingKeyEnv: mailgun.signing_key_env } : null,
    postmark: postmark ? { loginEnv: postmark.login_env } : null,
  };
}
