import type { Attempt, Stage } from "./retry.ts";
import type { SmtpServer } from "./smtp-url.ts";

/** The properties that nodemailer gives its errors. */
export interface SmtpError extends Error {
  readonly code?: string;
  /** The system's own code beneath, `ECONNREFUSED`. */
  readonly originalCode?: string;
  readonly command?: string;
  readonly response?: string;
  readonly responseCode?: number;
}

/** Tells what an attempt that failed came to. `asked`: the server had asked for the data. */
export function outcomeOf(error: SmtpError, asked: boolean, server: SmtpServer): Attempt {
  const { responseCode: code = 0, response = "" } = error;
  if (code >= 400 && code <= 599) {
    const status = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1] ?? null;
    return {
      outcome: "refused",
      stage: stageOf(error, asked),
      code,
      status,
      response: withoutSecrets(response, server),
    };
  }
  // Refused by the library itself, before a word was said: an envelope, or more than the server says it takes.
  const unsaid = error.code === "EENVELOPE" || error.code === "EMESSAGE";
  if (unsaid && !asked) return { outcome: "unsendable", reason: withoutSecrets(error.message, server) };
  return { outcome: "lost", asked, reason: describe(error, server) };
}

function stageOf({ command = "", code }: SmtpError, asked: boolean): Stage {
  if (command.startsWith("AUTH")) return "login";
  if (command === "MAIL FROM") return "sender";
  if (command === "RCPT TO") return "recipient";
  if (command === "DATA") return code === "EMESSAGE" ? "message" : "data";
  return asked ? "message" : "connect";
}

/** What went wrong with a connection, as the end of a sentence. */
export function describe(cause: unknown, server: SmtpServer): string {
  const error = cause as SmtpError;
  const system = error.originalCode ?? error.code;
  if (system === "ECONNREFUSED") return "nothing answers there (connection refused)";
  if (system === "ECONNRESET" || system === "EPIPE") return "the connection was cut";
  if (error.code === "EDNS") return "its name can't be resolved";
  if (error.code === "ETIMEDOUT") return "it did not answer in time";
  if (error.code === "EABORT") return "the attempt took too long";
  if (error.code === "ECONNECTION" && !error.response) return "the connection was closed";
  const text = withoutSecrets(error.message, server);
  if (error.code === "EAUTH") return `it refuses the login (${text})`;
  if (error.code === "ETLS" || /certificate|TLS|SSL/i.test(text))
    return `no safe connection can be made (${text})`;
  return text;
}

/** A server may repeat what it was told; a password must not end in a log or a database. */
export function withoutSecrets(text: string, { auth }: SmtpServer): string {
  if (!auth || auth.pass === "") return text;
  const forms = [
    Buffer.from(`\0${auth.user}\0${auth.pass}`).toString("base64"),
    Buffer.from(auth.pass).toString("base64"),
    encodeURIComponent(auth.pass),
    auth.pass,
  ];
  return forms.reduce((clean, form) => clean.replaceAll(form, "***"), text);
}
