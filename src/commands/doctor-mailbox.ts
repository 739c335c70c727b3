import type { Environment } from "../config/environment.io.ts";
import { InputError } from "../config/problems.ts";
import { ok, warning, wrong, type Finding } from "../email/records.ts";
import { SECOND } from "../instant.ts";
import { parseImapUrl } from "../tracking/mailbox/imap-url.ts";
import { MailboxTrouble, openMailbox } from "../tracking/mailbox/mailbox.io.ts";

const LINES = { tls: "TLS", starttls: "STARTTLS", none: "open, on this machine" };

/** Logs in and opens the folder, as each look does; no mail is read. Nothing where none is named. */
export async function imapLogin({ imapUrl }: Environment): Promise<Finding[]> {
  if (imapUrl === null) return [];
  let server;
  try {
    server = parseImapUrl(imapUrl);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return [wrong("imap", error.message, "correct IMAP_URL")];
  }
  const place = `${server.host}:${server.port}`;
  try {
    const mailbox = await openMailbox({ ...server, marks: false }, AbortSignal.timeout(15 * SECOND));
    await mailbox.close();
    const mails = mailbox.mails === 1 ? "1 mail" : `${mailbox.mails} mails`;
    const what = `${place} logs in; ${server.folder.join("/")} has ${mails}; ${LINES[server.line]}`;
    const found = [ok("imap", what)];
    if (server.line !== "none" && !server.rejectUnauthorized)
      found.push(
        warning("imap", "the server's certificate is not checked", "take tls.rejectUnauthorized out"),
      );
    return found;
  } catch (error) {
    if (!(error instanceof MailboxTrouble)) throw error;
    const what = `the mailbox at ${place} can't be used: ${error.message}`;
    return [wrong("imap", what, "correct IMAP_URL, or what stands between (a firewall, a closed port)")];
  }
}
