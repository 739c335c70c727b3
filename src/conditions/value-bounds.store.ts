import { sql, type RawBuilder } from "kysely";
import { allOf, anyOf, exactly, not, UNKNOWN, type Bounds, type Sql } from "./bounds.store.ts";
import { OPERATOR_NAMES, type Operators } from "./condition.ts";
import { foldedValue, foldsFaithfully } from "./folded.ts";
import { asNumber, foldText } from "./values.ts";

/** SQL that gives the folded form of a value (folded.ts), "" where it is missing. */
type Folded = RawBuilder<string>;

/** What SQL can tell of operators by a value's folded form. */
export function valueBounds(folded: Folded, operators: Operators): Bounds {
  const asked = OPERATOR_NAMES.filter((name) => operators[name] !== undefined);
  return allOf(asked.map((name) => operatorBounds(folded, name, operators)));
}

function operatorBounds(folded: Folded, name: keyof Operators, operators: Operators): Bounds {
  const present = exactly(sql`${folded} <> ''`);
  switch (name) {
    case "is":
      return among(folded, [operators.is!]);
    case "in":
      return among(folded, operators.in!);
    case "is_not":
      return allOf([present, not(among(folded, [operators.is_not!]))]);
    case "not_in":
      return allOf([present, not(among(folded, operators.not_in!))]);
    case "over":
      return ordered(folded, sql`>`, operators.over!);
    case "under":
      return ordered(folded, sql`<`, operators.under!);
    case "from":
      return ordered(folded, sql`>=`, operators.from!);
    case "to":
      return ordered(folded, sql`<=`, operators.to!);
    case "matches":
      return glob(folded, operators.matches!);
    case "exists":
      return operators.exists ? present : not(present);
  }
}

function among(folded: Folded, values: readonly (string | number | boolean)[]): Bounds {
  const told = values.filter((value) => typeof value !== "string" || foldsFaithfully(value));
  if (told.length < values.length) return UNKNOWN;
  return exactly(sql`${folded} in (${sql.join(values.map(foldedValue))})`);
}

function ordered(folded: Folded, operator: RawBuilder<unknown>, bound: number | string): Bounds {
  const kind = asNumber(bound) === null ? "t" : "n";
  // Of two infinities none is over the other, nor are they equal in order.
  if (kind === "n" && !Number.isFinite(asNumber(bound))) return UNKNOWN;
  const compared = allOf([ofKind(folded, kind), exactly(sql`${folded} ${operator} ${foldedValue(bound)}`)]);
  if (kind === "n") return compared;
  // Databases order by bytes, JavaScript by UTF-16 units: the same up to the surrogates.
  const plain = foldsFaithfully(String(bound)) && !/[\ud800-\uffff]/.test(foldText(String(bound)));
  if (!plain) return { most: ofKind(folded, kind).most, least: false };
  // What no database keeps stands there as another character, of another order.
  const mended = exactly(sql`${folded} like ${"%\ufffd%"}`);
  return {
    most: anyOf([compared, mended]).most,
    least: allOf([compared, not(mended)]).least,
  };
}

function ofKind(folded: Folded, kind: "t" | "n"): Bounds {
  const next = kind === "t" ? "u" : "o";
  return exactly(sql`${folded} >= ${kind} and ${folded} < ${next}`);
}

/** Beyond this many `*` a database may look for ever. */
const MOST_STARS = 2;

function glob(folded: Folded, pattern: string): Bounds {
  const wanted = foldText(pattern);
  if (!foldsFaithfully(pattern)) return UNKNOWN;
  const parts = wanted.split("*").map(escaped);
  const simple = parts.length - 1 <= MOST_STARS;
  const like = simple ? parts.join("%") : `${parts[0]}%`;
  const matching = exactly(
    anyOf([exactly(isLike(folded, `t${like}`)), exactly(isLike(folded, `b${like}`))]).most,
  );
  // How a number was written is not in its folded form.
  const most = anyOf([matching, ofKind(folded, "n")]).most;
  return { most, least: simple ? matching.least : false };
}

function isLike(folded: Folded, pattern: string): Sql {
  return sql`${folded} like ${pattern} escape '!'`;
}

function escaped(text: string): string {
  return text.replaceAll(/[!%_]/g, "!$&").replaceAll("?", "_");
}
