import { z } from "zod";
import { CATALOGUE, isEventName } from "../events/catalogue.ts";
import type { Properties } from "../events/event.ts";
import { VISITOR_PARAMETER } from "./page-script.ts";

/** What a page may tell of itself: neither mail nor consent, nothing that a rep or the engine does. */
function isOpenToPages(type: string): boolean {
  if (!isEventName(type) || /^(email|consent|sequences|lead)\./.test(type)) return false;
  const actors = CATALOGUE[type];
  return actors === undefined || actors.every((actor) => actor === "lead");
}

const address = z
  .string()
  .max(2048)
  .refine((text) => /^https?:/i.test(text) && URL.canParse(text));
const visitor = z.string().max(128).optional();
const name = z.string().min(1).max(100);

const page = z.strictObject({
  type: z.literal("page.viewed"),
  visitor,
  url: address,
  title: z.string().max(300).optional(),
  referrer: z.string().max(2048).optional(),
  seconds: z.number().min(0).max(86_400).optional(),
});

const form = z.strictObject({
  type: z.literal("form.submitted"),
  visitor,
  form: name,
  email: z.string().max(320).optional(),
  fields: z.record(name, z.string().max(2000)).optional(),
  url: address.optional(),
});

const other = z.strictObject({
  type: z
    .string()
    .refine((type) => isOpenToPages(type) && type !== "page.viewed" && type !== "form.submitted"),
  visitor,
  properties: z.record(name, z.union([z.string().max(2000), z.number(), z.boolean(), z.null()])).optional(),
});

const beacon = z.union([page, form, other]);

/** What k.js sent, checked. */
export interface Beacon {
  readonly type: string;
  /** A visitor token as it came; null for nobody known. */
  readonly visitor: string | null;
  /** As it was typed into a form. */
  readonly email: string | null;
  readonly properties: Properties;
}

/** A body → what it tells; null for anything that k.js does not send. */
export function readBeacon(text: string): Beacon | null {
  const read = beacon.safeParse(parseJson(text));
  if (!read.success) return null;
  const { data } = read;
  return {
    type: data.type,
    visitor: data.visitor ?? null,
    email: "email" in data ? (data.email ?? null) : null,
    properties: propertiesOf(data),
  };
}

function propertiesOf(data: z.infer<typeof beacon>): Properties {
  if ("properties" in data || !("url" in data || "form" in data)) {
    return ("properties" in data && data.properties) || {};
  }
  const where =
    data.url === undefined ? {} : { path: new URL(data.url).pathname, url: withoutVisitor(data.url) };
  if ("form" in data) return { form: data.form, fields: data.fields ?? {}, ...where };
  const { title, referrer, seconds } = data;
  return defined({ ...where, title, referrer: referrer || undefined, seconds });
}

/** A visitor token in an address would be a key in the log. */
function withoutVisitor(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has(VISITOR_PARAMETER)) return url;
  parsed.searchParams.delete(VISITOR_PARAMETER);
  return parsed.href;
}

function defined(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
