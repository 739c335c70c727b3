/** Another process holds SQLite at the moment. */
export function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith("SQLITE_BUSY");
}

// PostgreSQL's classes of errors (its manual, appendix A): connection, rollback, resources, shutdown, system; 25006 is a
// server that became a standby.
const SERVER = /^(?:(?:08|40|53|58)[0-9A-Z]{3}|57P[0-9A-Z]{2}|25006)$/;
const NETWORK = /^(?:ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
// A disk that is full or failing.
const DISK = /^SQLITE_(?:FULL|IOERR|CANTOPEN)/;
// What node-postgres itself says has no code.
const CLIENT = /^Connection terminated|is not queryable$|timeout exceeded when trying to connect$/;

/** Whether the database was out of reach or out of breath: what was asked of it is not to blame and may be asked again. */
export function isTrouble(error: unknown): boolean {
  const code = codeOf(error);
  if (code === "") return error instanceof Error && CLIENT.test(error.message);
  return isBusy(error) || DISK.test(code) || SERVER.test(code) || NETWORK.test(code);
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : "";
}
