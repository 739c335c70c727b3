import { z } from "@hono/zod-openapi";
import { suggest } from "../../config/nearest.ts";
import { formatInstant, parseInstant, type Instant } from "../../instant.ts";
import { normaliseEmail } from "../../leads/address.ts";

/** An object without other fields than these; a misspelt one is told what it might have been. */
export function closed<S extends z.core.$ZodLooseShape>(shape: S) {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return undefined;
      return issue.keys
        .map((key) => `there is no "${key}" here (${suggest(key, Object.keys(shape)) ?? "it takes nothing"})`)
        .join(", ");
    },
  });
}

export const emailField = z
  .string()
  .transform((text, context) => {
    const email = normaliseEmail(text);
    if (email !== null) return email;
    context.addIssue({ code: "custom", message: "must be one email address, like ana@acme.example" });
    return z.NEVER;
  })
  .openapi({ type: "string", format: "email", example: "ana@acme.example" });

/** ISO 8601 with a zone → Instant. */
export const instantField = z
  .string()
  .transform((text, context) => {
    const at = parseInstant(text);
    if (at !== undefined) return at;
    context.addIssue({
      code: "custom",
      message: "must be an instant with a zone, like 2026-01-03T10:00:00Z",
    });
    return z.NEVER;
  })
  .openapi({ type: "string", format: "date-time", example: "2026-01-03T10:00:00.000Z" });

const LONGEST_TEXT = 10_000;
const LONGEST_WORD = 200;

export const word = z.string().min(1, "must not be empty").max(LONGEST_WORD);
export const sentence = z.string().min(1, "must not be empty").max(LONGEST_TEXT);
export const finite = z.number().min(-1e15).max(1e15);

export const scalar = z.union([z.string().max(LONGEST_TEXT), z.number(), z.boolean(), z.null()], {
  error: "must be text, a number, true, false or null",
});
export const attributesField = z
  .record(word, scalar)
  .refine((attributes) => Object.keys(attributes).length <= 500, "may be 500 at most")
  .openapi({ example: { first_name: "Ana", employees: 120 } });

export const emailParameter = z.strictObject({
  email: emailField.openapi({ param: { name: "email", in: "path" } }),
});
export const nameParameter = z.strictObject({
  name: z.string().openapi({ param: { name: "name", in: "path" } }),
});
export const idParameter = z.strictObject({
  id: z.string().openapi({ param: { name: "id", in: "path" } }),
});

export const numberParameter = z.strictObject({
  id: z
    .string()
    .regex(/^\d{1,15}$/, "must be a whole number of 15 digits at most")
    .transform(Number)
    .openapi({ type: "integer", param: { name: "id", in: "path" } }),
});

export const DEFAULT_LIMIT = 50;
const HIGHEST_LIMIT = 200;

/** Of every list. */
export const paging = {
  cursor: z.string().max(2000).optional().openapi({ description: "`next_cursor` of the page before" }),
  limit: z
    .string()
    .transform((text, context) => {
      const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0;
      if (limit >= 1 && limit <= HIGHEST_LIMIT) return limit;
      context.addIssue({ code: "custom", message: `must be a whole number from 1 to ${HIGHEST_LIMIT}` });
      return z.NEVER;
    })
    .optional()
    .openapi({ type: "integer", minimum: 1, maximum: HIGHEST_LIMIT, default: DEFAULT_LIMIT }),
};

/** In answers. */
export const instantOut = z.string().openapi({ format: "date-time", example: "2026-01-03T10:00:00.000Z" });

/** The last instant that four digits of a year can say: a pause without an end has it. */
const LAST_INSTANT = 253_402_300_799_999;

export function shownInstant(at: Instant): string {
  return formatInstant(Math.min(at, LAST_INSTANT));
}

export function shownOrNull(at: Instant | null): string | null {
  return at === null ? null : shownInstant(at);
}
