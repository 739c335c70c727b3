import { sql, type RawBuilder, type SqlBool } from "kysely";
import { inBytes, jsonText } from "../db/dialect.store.ts";
import type { Db } from "../db/tables.ts";
import { parseDuration, type Instant } from "../instant.ts";
import { DEFAULT_MODEL } from "./condition.ts";
import type { Condition, DidCondition, Operators, ScoreBounds } from "./condition.ts";
import { foldText } from "./values.ts";
import { allOf, anyOf, exactly, not, UNKNOWN, type Bounds, type Sql } from "./bounds.store.ts";
import { valueBounds } from "./value-bounds.store.ts";

export interface SupersetAsk {
  readonly now: Instant;
  /** The temperatures that a total within these bounds may have, by that model's thresholds. */
  temperaturesOf(model: string, bounds: ScoreBounds): readonly string[];
}

/**
 * A condition as SQL over `leads`, for a statement that has that table: it holds for every lead for whom the condition
 * does, and maybe for some others. So it needs leads that are lived up to `now` under the live programme.
 */
export function supersetOf(db: Db, condition: Condition, ask: SupersetAsk): Sql {
  const { most } = boundsOf(db, condition, ask);
  return typeof most === "boolean" ? (most ? sql`1 = 1` : sql`1 = 0`) : most;
}

function boundsOf(db: Db, condition: Condition, ask: SupersetAsk): Bounds {
  const inner = (one: Condition) => boundsOf(db, one, ask);
  if ("all" in condition) return allOf(condition.all.map(inner));
  if ("any" in condition) return anyOf(condition.any.map(inner));
  if ("not" in condition) return not(inner(condition.not));
  if ("attribute" in condition) return attributeBounds(db, condition.attribute, condition);
  if ("did" in condition) return didBounds(condition, ask.now);
  if ("temperature" in condition)
    return exactly(isOneOf(condition.model ?? DEFAULT_MODEL, [condition.temperature].flat()));
  if ("score" in condition) {
    const model = condition.model ?? DEFAULT_MODEL;
    const temperatures = ask.temperaturesOf(model, condition.score);
    return { most: temperatures.length > 0 && isOneOf(model, temperatures), least: false };
  }
  if ("segment" in condition) return exactly(isMember(condition.segment));
  if ("stage" in condition) return exactly(sql`leads.stage in (${sql.join([condition.stage].flat())})`);
  if ("owner" in condition)
    return exactly(sql`coalesce(lower(leads.owner), '') = ${foldText(condition.owner)}`);
  // Marks are in the lead's state alone; properties and steps ask for what a list does not have.
  return UNKNOWN;
}

/** SQLite reads a path: other names are left to memory. */
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_ .-]*$/;

function attributeBounds(db: Db, name: string, operators: Operators): Bounds {
  if (name !== "email" && !PLAIN_NAME.test(name)) return UNKNOWN;
  const folded =
    name === "email"
      ? sql<string>`('t' || leads.email)`
      : sql<string>`coalesce(${jsonText(db, "leads.folded", name)}, '')`;
  return valueBounds(inBytes(db, folded), operators);
}

function isOneOf(model: string, temperatures: readonly string[]): Sql {
  return sql`exists (select 1 from scores where scores.lead_id = leads.id and scores.model = ${model}
    and scores.temperature in (${sql.join(temperatures)}))`;
}

function isMember(segment: string): Sql {
  return sql`exists (select 1 from segment_members
    where segment_members.lead_id = leads.id and segment_members.segment = ${segment})`;
}

/** Without `where` a count says all; with it only how many events of the type there are. */
function didBounds({ did, where, within, at_least: least = 1 }: DidCondition, now: Instant): Bounds {
  const since = within === undefined ? sql`` : sql`and events.at > ${now - parseDuration(within)!}`;
  const acts = sql`from events where events.lead_id = leads.id and events.at <= ${now} ${since}
    and events.type = ${did} and events.verdict in ('human', 'proxy')`;
  const enough: RawBuilder<SqlBool> =
    least === 1 ? sql`exists (select 1 ${acts})` : sql`(select count(*) ${acts}) >= ${least}`;
  return where ? { most: enough, least: false } : exactly(enough);
}
