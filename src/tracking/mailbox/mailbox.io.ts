import type { ImapFlow } from "imapflow";
import { MINUTE, SECOND, formatInstant, type Duration, type Instant } from "../../instant.ts";
import type { ImapServer } from "./imap-url.ts";

/** A folder of a mail server, open. Every call ends within minutes: @throws MailboxTrouble where it can't be answered. */
export interface Mailbox {
  /** While this stays the same a number always means the same mail (RFC 3501 §2.3.1.1). */
  readonly validity: string;
  readonly mails: number;
  /** Ascending numbers of those above `uid` that came at `since` or later; some of the two days before may be among them. */
  newer(uid: number, since: Instant): Promise<number[]>;
  /** The mail, its first `MOST` bytes, and when it came to the mailbox; null where it has gone since. */
  read(uid: number): Promise<{ bytes: Uint8Array; at: Instant } | null>;
  /** Marks as read those up to `uid` that came since, where the address asks for it. */
  mark(uid: number, since: Instant): Promise<void>;
  close(): Promise<void>;
}

/** Of a longer mail no more is looked at (src/tracking/inbound/mail.ts). */
const MOST = 1024 * 1024;

/** The server, or the way to it. Its message names no address and no password. */
export class MailboxTrouble extends Error {
  /** Whether the server answers, and refuses just this. */
  readonly refused: boolean;

  constructor(message: string, refused = false) {
    super(message);
    this.refused = refused;
  }
}

/** The longest for any one question. */
const PATIENCE = 2 * MINUTE;
const DAY_BEFORE = 24 * 60 * MINUTE;

/**
 * Connects, logs in and opens the folder, read-only unless mails are to be marked. An abort cuts the line.
 * @throws MailboxTrouble
 */
export async function openMailbox(
  server: ImapServer,
  stopping?: AbortSignal,
  patience: Duration = PATIENCE,
): Promise<Mailbox> {
  // A quarter of a second and 30 MB, for those alone who have a mailbox.
  const { ImapFlow } = await import("imapflow");
  const client = new ImapFlow({
    host: server.host,
    port: server.port,
    secure: server.line === "tls",
    ...(server.line === "tls" ? {} : { doSTARTTLS: server.line === "starttls" }),
    auth: { user: server.user, pass: server.pass },
    tls: { rejectUnauthorized: server.rejectUnauthorized },
    clientInfo: { name: "Kindling" },
    logger: false,
    disableAutoIdle: true,
    disableAutoEnable: true,
    disableCompression: true,
    connectionTimeout: 15 * SECOND,
    greetingTimeout: 15 * SECOND,
    socketTimeout: MINUTE,
    // The longest line is the list of new numbers.
    maxLineLength: 16 * MOST,
    maxLiteralSize: 2 * MOST,
    maxResponseSize: 32 * MOST,
  });
  let trouble: unknown;
  // Whoever waits for an answer hears of it too.
  client.on("error", (error) => (trouble = error));
  const cut = () => client.close();
  if (stopping?.aborted) cut();
  stopping?.addEventListener("abort", cut);
  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    const timer = setTimeout(() => {
      trouble ??= { code: "ETIMEDOUT" };
      cut();
    }, patience);
    try {
      return await question();
    } catch (error) {
      throw troubleOf(trouble ?? error, server);
    } finally {
      clearTimeout(timer);
    }
  };
  try {
    const opened = await ask(async () => {
      await client.connect();
      return client.mailboxOpen([...server.folder], { readOnly: !server.marks });
    });
    return {
      validity: String(opened.uidValidity),
      mails: opened.exists,
      newer: (uid, since) =>
        ask(async () => {
          const found = await find(client, { uid: `${uid + 1}:*`, since: dayBefore(since) });
          // `5:*` holds the last mail even where it is number 4.
          return found.filter((one) => one > uid).sort((a, b) => a - b);
        }),
      read: (uid) =>
        ask(async () => {
          const query = { uid: true, internalDate: true, source: { maxLength: MOST } };
          const mail = await client.fetchOne(String(uid), query, { uid: true });
          if (!mail || !mail.source) return null;
          const { internalDate: at } = mail;
          return {
            bytes: mail.source.subarray(0, MOST),
            at: typeof at === "object" ? at.getTime() : Infinity,
          };
        }),
      mark: (uid, since) =>
        ask(async () => {
          if (!server.marks || uid === 0) return;
          const unseen = await find(client, { uid: `1:${uid}`, seen: false, since: dayBefore(since) });
          const some = unseen.filter((one) => one <= uid);
          if (some.length > 0) await client.messageFlagsAdd(some, ["\\Seen"], { uid: true });
        }),
      async close() {
        stopping?.removeEventListener("abort", cut);
        await ask(() => client.logout()).catch(() => {});
        cut();
      },
    };
  } catch (error) {
    stopping?.removeEventListener("abort", cut);
    cut();
    throw error;
  }
}

async function find(client: ImapFlow, query: Parameters<ImapFlow["search"]>[0]): Promise<number[]> {
  const found = await client.search(query, { uid: true });
  if (!found) throw new MailboxTrouble("it does not say which mails it has");
  return found;
}

/** A server compares days, each in the zone that it was written in. */
function dayBefore(since: Instant): string {
  return formatInstant(since - DAY_BEFORE).slice(0, 10);
}

interface ImapError {
  readonly code?: string;
  readonly message?: string;
  readonly authenticationFailed?: boolean;
  readonly responseText?: string;
  /** `NO` or `BAD`: the server's answer. */
  readonly responseStatus?: string;
}

/** What went wrong, as the end of a sentence. */
function troubleOf(error: unknown, server: ImapServer): MailboxTrouble {
  if (error instanceof MailboxTrouble) return error;
  const { code = "", message = "", authenticationFailed, responseText, responseStatus } = error as ImapError;
  const said = withoutSecrets(responseText ?? message, server);
  if (authenticationFailed) return new MailboxTrouble(`it refuses the login (${said})`);
  if (responseStatus !== undefined) return new MailboxTrouble(`it refuses (${said})`, true);
  if (code === "ECONNREFUSED") return new MailboxTrouble("nothing answers there (connection refused)");
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return new MailboxTrouble("its name can't be resolved");
  if (/TIMEOUT|TIMEDOUT/.test(code)) return new MailboxTrouble("it did not answer in time");
  if (/^(?:NoConnection|EConnectionClosed|ClosedAfter\w+|ECONNRESET|EPIPE)$/.test(code))
    return new MailboxTrouble("the connection was cut");
  if (/certificate|TLS|SSL/i.test(`${code} ${message}`))
    return new MailboxTrouble(`no safe connection can be made (${said})`);
  return new MailboxTrouble(said);
}

/** A server may repeat what it was told; neither the password nor anyone's address must end in a log. */
function withoutSecrets(text: string, { user, pass }: ImapServer): string {
  return [pass, user]
    .reduce((clean, secret) => clean.replaceAll(secret, "***"), text)
    .replace(/[^\s<>()"'=]+@[^\s<>()"']+/g, "***")
    .slice(0, 300);
}
