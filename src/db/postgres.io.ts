import { PostgresDialect } from "kysely";
import pg from "pg";
import { InputError } from "../config/problems.ts";
import { SECOND } from "../instant.ts";

const MOST_CONNECTIONS = 10;
const CONNECT_TIMEOUT = 5000;

/**
 * A process that freezes inside a transaction, or whose machine is cut off, would keep its locks for as long, and all
 * other workers waiting for them. Between two statements of ours there is nothing but computing.
 */
const LONGEST_SILENCE = 30 * SECOND;

/** Numbers come back as numbers: ids and instants are below 2^53, and so is a sum or count of them. */
const AS_NUMBER = new Set<number>([pg.types.builtins.INT8, pg.types.builtins.NUMERIC]);

/**
 * A pool that has answered once. Throws InputError, which never holds the password, for a server that can't be
 * reached, refuses the login, or whose database does not keep UTF-8.
 */
export async function openPostgres(url: string, readonly: boolean): Promise<PostgresDialect> {
  const { host, port } = address(url);
  const pool = new pg.Pool({
    connectionString: url,
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    application_name: "kindling",
    // Not among the options of the connection: poolers refuse those that they don't know.
    verify: (client, done) =>
      client.query(`set idle_in_transaction_session_timeout = ${LONGEST_SILENCE}`, done),
    ...(readonly && { options: "-c default_transaction_read_only=on" }),
    types: {
      getTypeParser: (oid, format) =>
        AS_NUMBER.has(oid) && format !== "binary" ? Number : pg.types.getTypeParser(oid, format),
    } as pg.CustomTypesConfig,
  });
  // A connection that breaks while it has nothing to do, in the pool or between two statements of a transaction, would
  // end the process; the next query meets the same error and reports it.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  try {
    const found = await pool.query<{ server_encoding: string }>("show server_encoding");
    const encoding = found.rows[0]?.server_encoding;
    if (encoding !== "UTF8") throw new Error(`the database keeps ${encoding}; Kindling needs UTF8`);
  } catch (error) {
    await pool.end();
    throw new InputError(`cannot reach PostgreSQL at ${host}:${port}: ${whyNot(error)}`);
  }
  return new PostgresDialect({ pool });
}

function address(url: string): { host: string; port: string } {
  try {
    const { hostname, port } = new URL(url);
    return { host: hostname || "localhost", port: port || "5432" };
  } catch {
    throw new InputError(
      "DATABASE_URL is no valid address; write postgres://user:password@host:5432/database",
    );
  }
}

/** Node tries every address of a host and reports the failures as one AggregateError without a message. */
function whyNot(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return whyNot(error.errors[0]);
  const { code, message } = error as { code?: string; message?: string };
  if (code === "ECONNREFUSED") return "nothing listens there";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "no such host";
  return message || code || "no answer";
}
