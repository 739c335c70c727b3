import { badParameter } from "./refusals.ts";

type Part = string | number;
type Kind = "string" | "number" | "integer";

/** A place in a list, for a client to hand back unread. `list` says which list and order it belongs to. */
export function writeCursor(list: string, parts: readonly Part[]): string {
  return Buffer.from(JSON.stringify([list, ...parts])).toString("base64url");
}

/** What `writeCursor` wrote for this list: as many parts, of these kinds; null where there is no cursor. */
export function readCursor<const K extends readonly Kind[]>(
  list: string,
  kinds: K,
  text: string | undefined,
): { -readonly [I in keyof K]: K[I] extends "string" ? string : number } | null {
  if (text === undefined) return null;
  const found = parse(text);
  const fits =
    Array.isArray(found) &&
    found.length === kinds.length + 1 &&
    found[0] === list &&
    kinds.every((kind, index) => fitting(found[index + 1], kind));
  if (!fits) throw badParameter("cursor", "is none that this list gave; begin again without it");
  return found.slice(1) as never;
}

/** A made-up one may hold what no database takes. */
function fitting(part: unknown, kind: Kind): boolean {
  if (kind === "string") return typeof part === "string" && !part.includes("\0") && part.isWellFormed();
  if (kind === "integer") return Number.isSafeInteger(part);
  return typeof part === "number" && Number.isFinite(part);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    return null;
  }
}
