import { HTTPException } from "hono/http-exception";
import { InputError } from "../config/problems.ts";
import { isBusy, isTrouble } from "../db/trouble.ts";
import { SECOND } from "../instant.ts";
import { Overtaken } from "../lifecycle/overtaken.ts";
import { isGone } from "../tracking/gone.ts";
import {
  Conflict,
  Invalid,
  KeyReused,
  Malformed,
  NotAllowed,
  NotFound,
  NotKnown,
  TooLarge,
  TooManyAttempts,
} from "./api/refusals.ts";
import { problem, problemResponse } from "./problem.ts";

interface Heard {
  warn(message: string, details: Readonly<Record<string, unknown>>): void;
}

/** The only place that turns what went wrong into an answer. What is not known here is ours, and is said aloud. */
export function errorResponse(error: Error, heard: Heard): Response {
  if (error instanceof Invalid)
    return problemResponse(
      problem(error.part === "body" ? "invalid" : "parameter", error.message, error.errors),
    );
  if (error instanceof Malformed) return problemResponse(problem("malformed", error.message));
  if (error instanceof TooLarge) return problemResponse(problem("too-large", error.message));
  if (error instanceof NotFound) return problemResponse(problem("not-found", error.message));
  if (error instanceof NotAllowed) return problemResponse(problem("forbidden", error.message));
  if (error instanceof Conflict) return problemResponse(problem("conflict", error.message));
  if (error instanceof KeyReused) return problemResponse(problem("key-reused", error.message));
  if (error instanceof NotKnown)
    return problemResponse(problem("unauthorized", error.message), {
      "www-authenticate": 'Bearer realm="kindling"',
    });
  if (error instanceof TooManyAttempts)
    return problemResponse(problem("too-many-attempts", error.message), {
      "retry-after": String(Math.max(1, Math.ceil(error.retryAfter / SECOND))),
    });
  if (error instanceof InputError) return problemResponse(problem("invalid", error.message));
  if (error instanceof HTTPException) return problemResponse(ofLibrary(error));
  if (isGone(error))
    return problemResponse(problem("malformed", "the request ended before all of it was here"));
  // Another process works on the SQLite file (an import, a backup): nothing has happened.
  if (isBusy(error))
    return problemResponse(problem("busy", "nothing was done; ask again in a moment"), {
      "retry-after": "1",
    });
  if (error instanceof Overtaken)
    return problemResponse(
      problem("overtaken", `nothing was done; ask again in a moment: ${error.message}`),
      {
        "retry-after": "5",
      },
    );
  if (isTrouble(error)) {
    heard.warn("the database can't be reached", { reason: error.message });
    return problemResponse(
      problem("unreachable", "ask again in a moment; with an Idempotency-Key nothing is done twice"),
      { "retry-after": "5" },
    );
  }
  heard.warn("a request failed", {
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  return problemResponse(problem("internal"));
}

/** What hono's own validators refuse. */
function ofLibrary(error: HTTPException) {
  if (error.status === 413) return problem("too-large", error.message);
  if (error.status === 415) return problem("media-type", "send Content-Type: application/json");
  return problem("malformed", error.message);
}
