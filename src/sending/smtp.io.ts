import { Readable } from "node:stream";
import SMTPPool from "nodemailer/lib/smtp-pool";
import { SECOND, type Duration } from "../instant.ts";
import { normaliseEmail } from "../leads/address.ts";
import type { Attempt } from "./retry.ts";
import { describe, outcomeOf, withoutSecrets, type SmtpError } from "./smtp-outcome.ts";
import { parseSmtpUrl, type SmtpServer } from "./smtp-url.ts";

/** One mail for one recipient, its MIME finished. */
export interface OutgoingMail {
  /** The return path. */
  readonly from: string;
  readonly to: string;
  /** Headers and body, lines ended by CRLF. */
  readonly raw: Buffer;
}

export interface SmtpOptions {
  /** Connections kept open; more mails than that wait for one. 5 where left out. */
  readonly maxConnections?: number;
  /** The name given in EHLO; this machine's where left out. */
  readonly name?: string;
  /** To connect, TLS included. 15 s where left out, but not longer than `socketTimeout`. */
  readonly connectionTimeout?: Duration;
  /** Until the server's greeting. As `connectionTimeout` where left out. */
  readonly greetingTimeout?: Duration;
  /** Of silence within an attempt. A third of `attemptTimeout` where left out. */
  readonly socketTimeout?: Duration;
  /** For an attempt as a whole, so that a server that answers by drips holds nobody. The address's where left out. */
  readonly attemptTimeout?: Duration;
}

export interface Smtp {
  /** How many attempts can be under way at once. */
  readonly connections: number;
  /** One attempt. Never rejects: whatever happens is an outcome. */
  send(mail: OutgoingMail): Promise<Attempt>;
  /** Connects, logs in and leaves. Null where that works, else one sentence that says what does not. */
  verify(): Promise<string | null>;
  /** Lets attempts under way end (they do, by their time-outs), then closes every connection. */
  close(): Promise<void>;
}

const LONGEST_TO_CONNECT = 15 * SECOND;

/**
 * A mail server behind a pool of connections.
 *
 * @throws InputError where the address is none. Nothing is connected before the first mail.
 */
export function openSmtp(url: string, options: SmtpOptions = {}): Smtp {
  const server = parseSmtpUrl(url);
  const connections = options.maxConnections ?? 5;
  const timeout = options.attemptTimeout ?? server.timeout;
  const pool = openPool(server, connections, options, timeout);
  const underWay = new Set<Promise<Attempt>>();
  return {
    connections,
    send(mail) {
      const attempt = attemptOver(pool, server, mail, timeout);
      underWay.add(attempt);
      void attempt.finally(() => underWay.delete(attempt));
      return attempt;
    },
    async verify() {
      try {
        await pool.verify();
        return null;
      } catch (error) {
        return `The mail server at ${server.host}:${server.port} can't be used: ${describe(error, server)}.`;
      }
    },
    async close() {
      await Promise.all(underWay);
      pool.close();
    },
  };
}

/** The library's pool by itself: what its mailer does before that is to compose, and our mails are finished. */
function openPool(
  server: SmtpServer,
  maxConnections: number,
  options: SmtpOptions,
  timeout: Duration,
): SMTPPool {
  const socketTimeout = options.socketTimeout ?? timeout / 3;
  const connectionTimeout = options.connectionTimeout ?? Math.min(LONGEST_TO_CONNECT, socketTimeout);
  return new SMTPPool({
    host: server.host,
    port: server.port,
    secure: server.secure,
    ...(server.auth && { auth: server.auth }),
    requireTLS: server.requireTls,
    ignoreTLS: server.ignoreTls,
    tls: { rejectUnauthorized: server.rejectUnauthorized },
    name: options.name,
    maxConnections,
    maxMessages: Infinity,
    // A kept connection may be gone by the time it is used. Not a byte of the mail went out then, so that the pool
    // may take another at once instead of putting the mail off.
    maxRequeues: 2,
    idleTimeout: 60 * SECOND,
    connectionTimeout,
    dnsTimeout: connectionTimeout,
    greetingTimeout: options.greetingTimeout ?? connectionTimeout,
    socketTimeout,
    socketCloseTimeout: SECOND,
  });
}

/** A finished mail in the shape that the pool asks for. */
function pooled({ from, to, raw }: OutgoingMail, signal: AbortSignal, onAsked: () => void): PooledMail {
  return {
    data: { signal },
    message: {
      getEnvelope: () => ({ from, to: [to], size: raw.length }),
      getHeader: () => "",
      messageId: () => "",
      // nodemailer tells a connection lost at RCPT from one lost after the final dot by nothing in its error. But it
      // reads the mail only once the server has answered DATA with 354 (smtp-connection, send): so that is watched.
      createReadStream: () => watchedStream(raw, onAsked),
    },
  } as unknown as PooledMail;
}

type PooledMail = Parameters<SMTPPool["send"]>[0];

/** No stream with a buffer of its own (a PassThrough): that one would be filled before anybody asks. */
function watchedStream(raw: Buffer, onAsked: () => void): Readable {
  return new Readable({
    read() {
      onAsked();
      this.push(raw);
      this.push(null);
    },
  });
}

async function attemptOver(
  pool: SMTPPool,
  server: SmtpServer,
  mail: OutgoingMail,
  limit: Duration,
): Promise<Attempt> {
  const wrong = wrongWith(mail);
  if (wrong !== null) return { outcome: "unsendable", reason: wrong };
  let asked = false;
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), limit);
  const watched = pooled(mail, controller.signal, () => {
    asked = true;
  });
  try {
    const response = await new Promise<string>((resolve, reject) => {
      pool.send(watched, (error, info) => (error ? reject(error) : resolve(info!.response)));
    });
    return {
      outcome: "accepted",
      code: Number(response.slice(0, 3)),
      response: withoutSecrets(response, server),
    };
  } catch (error) {
    return outcomeOf(error as SmtpError, asked, server);
  } finally {
    clearTimeout(timer);
  }
}

/** Checked before the library sees them: it folds what is wrong into something else, and says nothing. */
function wrongWith({ from, to, raw }: OutgoingMail): string | null {
  if (normaliseEmail(to) !== to.toLowerCase()) return "the recipient's address is none that can be mailed";
  if (normaliseEmail(from) !== from.toLowerCase()) return "the return path is no address";
  return raw.length === 0 ? "the mail is empty" : null;
}
