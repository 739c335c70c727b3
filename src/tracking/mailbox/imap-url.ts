import { InputError } from "../../config/problems.ts";

/** The mailbox that is read, from `IMAP_URL`. */
export interface ImapServer {
  readonly host: string;
  readonly port: number;
  /** How the line is made safe. `none` on this machine alone: a password never goes over an open line to another. */
  readonly line: "tls" | "starttls" | "none";
  readonly user: string;
  readonly pass: string;
  /** From the outermost. */
  readonly folder: readonly string[];
  /** Whether a mail is marked as read once it has been. */
  readonly marks: boolean;
  readonly rejectUnauthorized: boolean;
}

const EXAMPLE = "imaps://user:password@mail.example/INBOX";

/**
 * Reads `imaps://user:password@host:port/FOLDER?seen=true&tls.rejectUnauthorized=false`, and `imap://` for STARTTLS. User,
 * password and folder are percent-decoded. Without a port it is 993, with imap 143; without a folder INBOX.
 *
 * @throws InputError in one sentence, which never repeats the address (it holds a password).
 */
export function parseImapUrl(text: string): ImapServer {
  const url = URL.parse(text.trim());
  if (!url || (url.protocol !== "imap:" && url.protocol !== "imaps:") || url.hostname === "")
    throw new InputError(`IMAP_URL is no address of a mailbox; write it like ${EXAMPLE}`);
  if (url.username === "" || url.password === "")
    throw new InputError(`IMAP_URL needs a user and a password; write it like ${EXAMPLE}`);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const secure = url.protocol === "imaps:";
  const folder = url.pathname.split("/").filter((name) => name !== "");
  const flags = flagsOf(url.searchParams);
  return {
    host,
    port: url.port === "" ? (secure ? 993 : 143) : Number(url.port),
    line: secure ? "tls" : isLoopback(host) ? "none" : "starttls",
    user: decoded(url.username),
    pass: decoded(url.password),
    folder: folder.length === 0 ? ["INBOX"] : folder.map(decoded),
    marks: flags.seen ?? false,
    rejectUnauthorized: flags["tls.rejectUnauthorized"] ?? true,
  };
}

const FLAGS = ["seen", "tls.rejectUnauthorized"] as const;

function flagsOf(parameters: URLSearchParams): Partial<Record<(typeof FLAGS)[number], boolean>> {
  const flags: Partial<Record<(typeof FLAGS)[number], boolean>> = {};
  for (const [name, value] of parameters) {
    const flag = FLAGS.find((known) => known === name);
    if (!flag || (value !== "true" && value !== "false"))
      throw new InputError(
        `IMAP_URL has a parameter that is not known; these are: ${FLAGS.join(", ")} (true or false)`,
      );
    flags[flag] = value === "true";
  }
  return flags;
}

function decoded(text: string): string {
  let plain;
  try {
    plain = decodeURIComponent(text);
  } catch {
    throw new InputError("IMAP_URL has a % that encodes nothing; write % itself as %25");
  }
  // A line end would be a command of its own.
  // oxlint-disable-next-line no-control-regex -- that is what must not be there
  if (/[\u0000-\u001f\u007f]/.test(plain)) throw new InputError("IMAP_URL has a control character in it");
  return plain;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
