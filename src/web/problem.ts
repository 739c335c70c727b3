import type { FieldError } from "./api/refusals.ts";

/** A problem document (RFC 9457). `type` leads to its entry on the docs page. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
}

/** Every kind of problem the API answers with. */
export const PROBLEMS = {
  malformed: { status: 400, title: "The request can't be read" },
  parameter: { status: 400, title: "A parameter is wrong" },
  unauthorized: { status: 401, title: "A key is needed" },
  forbidden: { status: 403, title: "This key may not do that" },
  "not-found": { status: 404, title: "There is no such thing" },
  conflict: { status: 409, title: "That can't be done now" },
  "too-large": { status: 413, title: "The request is too large" },
  "media-type": { status: 415, title: "The body must be JSON" },
  invalid: { status: 422, title: "The body is wrong" },
  "key-reused": { status: 422, title: "The Idempotency-Key was used for something else" },
  "too-many-attempts": { status: 429, title: "Too many wrong keys" },
  internal: { status: 500, title: "Something went wrong here" },
  busy: { status: 503, title: "The database is busy" },
  unreachable: { status: 503, title: "The database can't be reached" },
  overtaken: { status: 503, title: "Another version is being made live" },
  "not-ready": { status: 503, title: "Not ready" },
} as const;

export type ProblemKind = keyof typeof PROBLEMS;

export function problem(kind: ProblemKind, detail?: string, errors?: readonly FieldError[]): Problem {
  const { status, title } = PROBLEMS[kind];
  return {
    type: `/api/docs#${kind}`,
    title,
    status,
    ...(detail === undefined ? {} : { detail }),
    ...(errors === undefined ? {} : { errors }),
  };
}

export function problemResponse(document: Problem, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(document), {
    status: document.status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
  });
}
