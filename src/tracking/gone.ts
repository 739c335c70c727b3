// What Node says of a request that ended early, and what @hono/node-server makes of it.
const GONE = new Set(["aborted", "Client connection prematurely closed."]);

/** Whether a body can't be read because its sender went away, or said that it was longer: nobody waits for an answer. */
export function isGone(error: unknown): boolean {
  return error instanceof Error && GONE.has(error.message);
}
