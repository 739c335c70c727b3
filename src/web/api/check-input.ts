import { BUILT_IN_ATTRIBUTES } from "../../config/settings.ts";
import { suggest } from "../../config/nearest.ts";
import type { Programme } from "../../programme/programme.ts";
import type { FieldError } from "./refusals.ts";

/** Where the company declares its attributes, another name is a misspelt one. The address is no attribute. */
export function checkAttributes(
  attributes: Readonly<Record<string, unknown>>,
  { settings }: Programme,
  path: string,
): FieldError[] {
  const declared = settings.attributes && [...BUILT_IN_ATTRIBUTES, ...settings.attributes.keys()];
  return Object.keys(attributes).flatMap((name): FieldError[] => {
    const field = `${path}.${name}`;
    if (name === "email") return [{ field, message: "the address is no attribute; leads have one each" }];
    if (!declared || declared.includes(name)) return [];
    return [{ field, message: unknown("attribute", name, declared) }];
  });
}

export function checkOwner(owner: string | null | undefined, { reps }: Programme): FieldError[] {
  const names = reps.reps.map((rep) => rep.rep);
  if (owner === null || owner === undefined || names.includes(owner)) return [];
  return [{ field: "owner", message: unknown("rep", owner, names) }];
}

/** Topics that are declared are all there are; a company may declare none. */
export function checkTopic(
  topic: string | null | undefined,
  { settings }: Programme,
  field: string,
): FieldError[] {
  const topics = settings.topics.map((one) => one.topic);
  if (topic === null || topic === undefined || topics.length === 0 || topics.includes(topic)) return [];
  return [{ field, message: unknown("topic", topic, topics) }];
}

/** `there is no segment "trail-users" (did you mean "trial-users"?)`. */
export function unknown(kind: string, name: string, names: Iterable<string>): string {
  const hint = suggest(name, names);
  return `there is no ${kind} "${name}"${hint === undefined ? "" : ` (${hint})`}`;
}
