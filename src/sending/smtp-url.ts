import { InputError } from "../config/problems.ts";
import { MINUTE, parseDuration, SECOND, type Duration } from "../instant.ts";

/** Where mail is handed over, from `SMTP_URL`. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (smtps); otherwise STARTTLS where the server offers it. */
  readonly secure: boolean;
  readonly auth: { readonly user: string; readonly pass: string } | null;
  /** STARTTLS or nothing: a password never goes over an open line to another machine. */
  readonly requireTls: boolean;
  readonly ignoreTls: boolean;
  readonly rejectUnauthorized: boolean;
  /** The longest that one mail may take. */
  readonly timeout: Duration;
}

const LONGEST = 3 * MINUTE;

const EXAMPLE = "smtp://user:password@mail.example:587";

/**
 * Reads `smtp://` and `smtps://` addresses: `smtp://user:password@host:port?ignoreTLS=true&tls.rejectUnauthorized=false`.
 * User and password are percent-decoded. Without a port it is 587, with smtps 465; without `timeout=60s` 3 min.
 *
 * @throws InputError in one sentence, which never repeats the address (it may hold a password).
 */
export function parseSmtpUrl(text: string): SmtpServer {
  const url = URL.parse(text.trim());
  if (!url || (url.protocol !== "smtp:" && url.protocol !== "smtps:") || url.hostname === "") {
    throw new InputError(`SMTP_URL is no address of a mail server; write it like ${EXAMPLE}`);
  }
  const { timeout = LONGEST, ...flags } = parametersOf(url.searchParams);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const secure = url.protocol === "smtps:";
  const auth = url.username === "" ? null : { user: decoded(url.username), pass: decoded(url.password) };
  return {
    host,
    port: url.port === "" ? (secure ? 465 : 587) : Number(url.port),
    secure,
    auth,
    requireTls: flags.requireTLS ?? (auth !== null && !isLoopback(host) && flags.ignoreTLS !== true),
    ignoreTls: flags.ignoreTLS ?? false,
    rejectUnauthorized: flags["tls.rejectUnauthorized"] ?? true,
    timeout,
  };
}

const FLAGS = ["ignoreTLS", "requireTLS", "tls.rejectUnauthorized"] as const;

interface Parameters extends Partial<Record<(typeof FLAGS)[number], boolean>> {
  timeout?: Duration;
}

function parametersOf(given: URLSearchParams): Parameters {
  const read: Parameters = {};
  for (const [name, value] of given) {
    const flag = FLAGS.find((known) => known === name);
    if (flag && (value === "true" || value === "false")) read[flag] = value === "true";
    else if (name === "timeout") read.timeout = timeoutOf(value);
    else {
      throw new InputError(
        `SMTP_URL has a parameter that is not known; these are: ${FLAGS.join(", ")} (true or false), timeout (like 60s)`,
      );
    }
  }
  return read;
}

function timeoutOf(text: string): Duration {
  const timeout = parseDuration(text);
  if (timeout !== undefined && timeout >= SECOND && timeout <= 15 * MINUTE) return timeout;
  throw new InputError("SMTP_URL has a timeout that is none; write it like 60s or 5m, from 1s to 15m");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InputError(
      "SMTP_URL has a % in its user or password that encodes nothing; write % itself as %25",
    );
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
