import { InputError, plainProblem } from "./problems.ts";
import { nearest } from "./nearest.ts";
import { isRange } from "./ranges.ts";

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** What the machine says (spec/cli.md, "Environment"). */
export interface Environment {
  /** `sqlite:PATH` or `postgres://…`. */
  readonly databaseUrl: string;
  /** null: mail is captured and sent nowhere. */
  readonly smtpUrl: string | null;
  /** The mailbox that bounces, complaints and replies are read from; null: none is. */
  readonly imapUrl: string | null;
  /** Where the world reaches us, without a slash at the end. */
  readonly baseUrl: string;
  readonly host: string;
  readonly port: number;
  /** Newest first; empty: one is made and kept beside the database. */
  readonly secrets: readonly string[];
  /** An admin key for automation. */
  readonly apiKey: string | null;
  readonly logLevel: LogLevel;
  /** Whose `X-Forwarded-For` is believed; null: nobody's. */
  readonly trustedProxies: TrustedProxies | null;
  /** A variable that a file names (`secret_env`, `url_env`); undefined where it is not set or empty. */
  readonly variable: (name: string) => string | undefined;
}

/** So many proxies in a row before us, or proxies at these addresses. */
export type TrustedProxies = { readonly hops: number } | { readonly ranges: readonly string[] };

type Variables = Readonly<Record<string, string | undefined>>;

const SHORTEST_SECRET = 16;

/** The only reader of `process.env`. Throws InputError with all that is wrong; values of secrets are never shown. */
export function readEnvironment(variables: Variables = process.env): Environment {
  const wrong: string[] = [];
  const variable = (name: string) => variables[name]?.trim() || undefined;
  const host = variable("HOST") ?? "127.0.0.1";
  const port = readPort(variable("PORT") ?? "3000", wrong);
  const environment: Environment = {
    databaseUrl: readDatabaseUrl(variable("DATABASE_URL") ?? "sqlite:./data/kindling.db", wrong),
    smtpUrl: readSmtpUrl(variable("SMTP_URL") ?? null, wrong),
    imapUrl: readImapUrl(variable("IMAP_URL") ?? null, wrong),
    baseUrl: readBaseUrl(variable("BASE_URL"), host, port, wrong),
    host,
    port,
    secrets: readSecrets(variable("KINDLING_SECRET"), wrong),
    apiKey: readApiKey(variable("KINDLING_API_KEY"), wrong),
    logLevel: readLogLevel(variable("LOG_LEVEL") ?? "info", wrong),
    trustedProxies: readTrustedProxies(variable("TRUST_PROXY") ?? "0", wrong),
    variable,
  };
  if (wrong.length > 0) throw new InputError(wrong.map(plainProblem));
  return environment;
}

/** `0.0.0.0` and `::` mean every address of this machine, which no link can say. */
function authority(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

function readPort(text: string, wrong: string[]): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  wrong.push(`PORT: "${text}" is no port (0 to 65535)`);
  return 0;
}

function readDatabaseUrl(text: string, wrong: string[]): string {
  const known = /^sqlite:.+/.test(text) || (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text));
  if (!known) wrong.push("DATABASE_URL: must be sqlite:PATH or postgres://user:password@host/database");
  return text;
}

function readSmtpUrl(text: string | null, wrong: string[]): string | null {
  if (text !== null && !(/^smtps?:\/\/./.test(text) && URL.canParse(text))) {
    wrong.push("SMTP_URL: must be smtp://user:password@host:port or smtps://…");
  }
  return text;
}

function readImapUrl(text: string | null, wrong: string[]): string | null {
  if (text !== null && !(/^imaps?:\/\/./.test(text) && URL.canParse(text))) {
    wrong.push("IMAP_URL: must be imaps://user:password@host/FOLDER or imap://…");
  }
  return text;
}

function readBaseUrl(given: string | undefined, host: string, port: number, wrong: string[]): string {
  const text = given ?? `http://${authority(host)}:${port}`;
  if (given === undefined && !URL.canParse(text)) {
    wrong.push(`HOST: "${host}" is no address or name of a machine`);
    return text;
  }
  const url = URL.canParse(text) ? new URL(text) : null;
  const plain =
    url && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "" && url.username === "";
  if (!plain) wrong.push(`BASE_URL: must be an http or https address, like https://mail.acme.example`);
  return text.replace(/\/+$/, "");
}

function readSecrets(text: string | undefined, wrong: string[]): string[] {
  const secrets = (text ?? "")
    .split(",")
    .map((secret) => secret.trim())
    .filter((secret) => secret !== "");
  if (secrets.some((secret) => secret.length < SHORTEST_SECRET)) {
    wrong.push(`KINDLING_SECRET: each secret needs at least ${SHORTEST_SECRET} characters`);
  }
  return secrets;
}

/** As `Authorization: Bearer KEY` carries it. */
function readApiKey(text: string | undefined, wrong: string[]): string | null {
  if (text !== undefined && !/^[!-~]{1,500}$/.test(text))
    wrong.push(
      "KINDLING_API_KEY: no header could carry it: at most 500 letters, digits and signs, no spaces",
    );
  return text ?? null;
}

const MOST_HOPS = 10;

function readTrustedProxies(text: string, wrong: string[]): TrustedProxies | null {
  if (/^\d+$/.test(text)) {
    const hops = Number(text);
    if (hops > MOST_HOPS)
      wrong.push(`TRUST_PROXY: ${text} proxies in a row are too many (0 to ${MOST_HOPS})`);
    return hops === 0 ? null : { hops };
  }
  const ranges = text.split(",").map((range) => range.trim());
  for (const range of ranges.filter((one) => !isRange(one))) {
    wrong.push(`TRUST_PROXY: "${range}" is neither a number of proxies nor an address range like 10.0.0.0/8`);
  }
  return { ranges };
}

function readLogLevel(text: string, wrong: string[]): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text);
  if (level) return level;
  const near = nearest(text, LOG_LEVELS);
  wrong.push(
    `LOG_LEVEL: "${text}" is not one of ${LOG_LEVELS.join(", ")}${near ? ` (did you mean "${near}"?)` : ""}`,
  );
  return "info";
}
