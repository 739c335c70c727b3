import { createPublicKey } from "node:crypto";
import { expect, onTestFinished } from "vitest";
import type { Db } from "../../src/db/tables.ts";
import type { DkimSigner } from "../../src/email/mime.io.ts";
import { tokenOfMessageId } from "../../src/email/mime.ts";
import { readToken, type TokenKeys } from "../../src/email/token.ts";
import { parseMailbox } from "../../src/leads/address.ts";
import type { Spine } from "../../src/lifecycle/spine.ts";
import { findTemplate } from "../../src/programme/versions.store.ts";
import { smtpCarrier } from "../../src/sending/carrier.io.ts";
import type { Carrier } from "../../src/sending/outbox.ts";
import { lintMail, type Expectations } from "./lint.ts";

/** A mail as a server gets it. */
interface WireMail {
  readonly from: string;
  readonly to: string;
  readonly raw: Buffer;
}

export interface Sender {
  readonly spine: Pick<Spine, "db" | "clock" | "programme">;
  readonly tokenKeys: TokenKeys;
  readonly baseUrl: string;
  /** PEM, where `mail.dkim` is set. */
  readonly dkimKey?: string;
}

/** What is wrong with a mail that this house sent: what it should be is what its row says. */
export async function lintSent(sender: Sender, { from, to, raw }: WireMail): Promise<string[]> {
  const expected = await expectationsFor(sender, raw.toString("latin1"));
  if (expected === null) return [`a mail to ${to} that names no message`];
  const faults = await lintMail(raw, { from, to }, expected);
  return faults.map((fault) => `to ${to}: ${fault}`);
}

async function expectationsFor(sender: Sender, raw: string): Promise<Expectations | null> {
  const { spine, tokenKeys, baseUrl, dkimKey } = sender;
  const { mail, tracking } = spine.programme().settings;
  const id = tokenOfMessageId(/^Message-ID: (.*)\r$/m.exec(raw)?.[1] ?? "");
  const message = readToken(tokenKeys, "verp", id ?? "")?.message;
  if (message === undefined) return null;
  const row = await spine.db.kysely
    .selectFrom("messages")
    .select(["id", "kind", "sequence", "subject", "template_hash"])
    .where("id", "=", message)
    .executeTakeFirst();
  if (!row) return null;
  const purpose = row.kind === "sequence" ? "marketing" : row.kind === "confirmation" ? "asked" : "own";
  const own = row.template_hash === null ? null : await senderOf(spine.db.kysely, row.template_hash);
  const { dkim } = mail;
  return {
    purpose,
    message: row.id,
    sequence: row.sequence,
    subject: row.subject,
    from: [mail.from.address, ...(own === null ? [] : [own])],
    baseUrl,
    tokenKeys,
    bouncesDomain: mail.bounces.domain,
    dkim: dkim && dkimKey !== undefined ? { ...dkim, key: publicHalf(dkimKey) } : null,
    tracking,
  };
}

async function senderOf(db: Db, hash: string): Promise<string | null> {
  const from = (await findTemplate(db, hash))?.from ?? null;
  return from === null ? null : parseMailbox(from)!.address;
}

function publicHalf(pem: string): string {
  return createPublicKey(pem).export({ type: "spki", format: "der" }).toString("base64");
}

/**
 * Takes each mail as a server would, finished and signed, lints it, and sends it nowhere. The test that has it fails
 * in the end with all that was wrong.
 */
export function lintingCarrier(sender: Sender, signer: DkimSigner | null = null): Carrier {
  const faults: string[] = [];
  onTestFinished(() => expect(faults, "faults of the mails that this test sent").toEqual([]));
  const smtp = {
    connections: 100,
    async send(mail: WireMail) {
      faults.push(...(await lintSent(sender, mail)));
      return { outcome: "accepted", code: 250, response: "captured" } as const;
    },
    verify: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  };
  const { spine, tokenKeys } = sender;
  return smtpCarrier(smtp, spine.clock, tokenKeys, () => spine.programme(), signer);
}
