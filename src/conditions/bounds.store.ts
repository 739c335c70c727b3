import { sql, type RawBuilder, type SqlBool } from "kysely";

/** True or false, never null: a null turned round would still be none. */
export type Sql = RawBuilder<SqlBool>;
/** For all leads, for none, or where this holds. */
type Part = boolean | Sql;

/** What SQL knows of a condition: `most` holds wherever the condition does, `least` nowhere else. */
export interface Bounds {
  readonly most: Part;
  readonly least: Part;
}

/** SQL can't tell. */
export const UNKNOWN: Bounds = { most: true, least: false };

export function exactly(part: Part): Bounds {
  return { most: part, least: part };
}

export function allOf(bounds: readonly Bounds[]): Bounds {
  return { most: and(bounds.map(({ most }) => most)), least: and(bounds.map(({ least }) => least)) };
}

export function anyOf(bounds: readonly Bounds[]): Bounds {
  return { most: or(bounds.map(({ most }) => most)), least: or(bounds.map(({ least }) => least)) };
}

export function not({ most, least }: Bounds): Bounds {
  return { most: opposite(least), least: opposite(most) };
}

function opposite(part: Part): Part {
  return typeof part === "boolean" ? !part : sql<SqlBool>`not (${part})`;
}

function and(parts: readonly Part[]): Part {
  if (parts.includes(false)) return false;
  const open = parts.filter((part) => typeof part !== "boolean");
  return open.length === 0 || sql<SqlBool>`(${sql.join(open, sql` and `)})`;
}

function or(parts: readonly Part[]): Part {
  if (parts.includes(true)) return true;
  const open = parts.filter((part) => typeof part !== "boolean");
  return open.length > 0 && sql<SqlBool>`(${sql.join(open, sql` or `)})`;
}
