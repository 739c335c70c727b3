import { InputError } from "../config/problems.ts";

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
}

const EXAMPLE = "smtp://user:password@mail.example:587";

/**
 * Reads `smtp://` and `smtps://` addresses: `smtp://user:password@host:port?ignoreTLS=true&tls.rejectUnauthorized=false`.
 * User and password are percent-decoded. Without a port it is 587, with smtps 465.
 *
 * @throws InputError in one sentence, which never repeats the address (it may hold a password).
 */
export function parseSmtpUrl(text: string): SmtpServer {
  const url = URL.parse(text.trim());
  if (!url || (url.protocol !== "smtp:" && url.protocol !== "smtps:") || url.hostname === "") {
    throw new InputError(`SMTP_URL is no address of a mail server; write it like ${EXAMPLE}`);
  }
  const flags = flagsOf(url.searchParams);
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
  };
}

const FLAGS = ["ignoreTLS", "requireTLS", "tls.rejectUnauthorized"] as const;

function flagsOf(parameters: URLSearchParams): Partial<Record<(typeof FLAGS)[number], boolean>> {
  const flags: Partial<Record<(typeof FLAGS)[number], boolean>> = {};
  for (const [name, value] of parameters) {
    const flag = FLAGS.find((known) => known === name);
    if (!flag || (value !== "true" && value !== "false")) {
      throw new InputError(
        `SMTP_URL has a parameter that is not known; these are: ${FLAGS.join(", ")} (true or false)`,
      );
    }
    flags[flag] = value === "true";
  }
  return flags;
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
