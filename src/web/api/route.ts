import { createRoute, OpenAPIHono, z, type RouteConfig } from "@hono/zod-openapi";
import { allow } from "../auth.ts";
import type { Role } from "../keys.store.ts";
import type { ApiEnv } from "./deps.ts";
import { fieldErrors } from "./issues.ts";
import { Invalid } from "./refusals.ts";

/** A part of the API. What a schema refuses is thrown, so that one place answers. */
export function api(): OpenAPIHono<ApiEnv> {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const body = result.target === "json" || result.target === "form";
      throw new Invalid(fieldErrors(result.error.issues), body ? "body" : "address");
    },
  });
}

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string().optional(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .openapi("Problem");

export const REFUSED = {
  description: "A problem document (RFC 9457)",
  content: { "application/problem+json": { schema: problemSchema } },
};

interface Description<Q, P, B> {
  readonly method: "get" | "post" | "put" | "delete";
  /** With `{name}` for what varies. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly roles: readonly Role[];
  readonly query?: Q;
  readonly params?: P;
  readonly body?: B;
  /** May be called twice with one Idempotency-Key. */
  readonly idempotent?: boolean;
  /** What it answers with, by status. */
  readonly answers: Readonly<Record<number, z.ZodType>>;
}

type Schema = z.ZodObject | z.ZodType | undefined;

/** The roles are checked before anything of the request is read; the answer's type is the description's alone. */
export function describe<Q extends Schema, P extends Schema, B extends Schema>(route: Description<Q, P, B>) {
  const request = {
    ...(route.query ? { query: route.query } : {}),
    ...(route.params ? { params: route.params } : {}),
    ...(route.body
      ? { body: { required: true, content: { "application/json": { schema: route.body } } } }
      : {}),
  } as {
    query: Q extends z.ZodObject ? Q : never;
    params: P extends z.ZodObject ? P : never;
    body: { required: true; content: { "application/json": { schema: B extends z.ZodType ? B : never } } };
  };
  return createRoute({
    method: route.method,
    path: route.path,
    summary: route.summary,
    description: [
      route.description,
      `Roles: ${route.roles.join(", ")}.`,
      route.idempotent ? "`Idempotency-Key` is honoured." : undefined,
    ]
      .filter((text) => text !== undefined)
      .join(" "),
    security: [{ key: [] }],
    middleware: [allow(...route.roles)],
    request,
    responses: responses(route.answers),
  });
}

function responses(answers: Readonly<Record<number, z.ZodType>>): RouteConfig["responses"] {
  const found: RouteConfig["responses"] = { default: REFUSED };
  for (const [status, schema] of Object.entries(answers)) {
    found[status] = { description: "Done", content: { "application/json": { schema } } };
  }
  return found;
}
