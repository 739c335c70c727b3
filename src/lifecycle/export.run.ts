import { END_OF_TIME, formatInstant, type Instant } from "../instant.ts";
import type { Lead } from "../leads/lead.ts";
import { leadOf } from "../leads/leads.store.ts";
import { drained, lived } from "./drained.run.ts";
import { csvLine } from "./export-csv.ts";
import { pagesOfEvents, pagesOfLeads, type ExportedEvent } from "./export.store.ts";
import type { Filter } from "./filter.ts";
import { piecesThatFit, type Looked } from "./filter.run.ts";
import { leadNumberAfter, leadsByNumber, type FilteredRow } from "./filter.store.ts";
import type { Spine } from "./spine.ts";

export type ExportFormat = "csv" | "jsonl";

/**
 * Writes all leads, or those for whom a filter holds, as `import` and (JSON Lines) `score` read them; says how many.
 * Memory does not grow with them.
 */
export async function exportLeads(
  spine: Spine,
  format: ExportFormat,
  write: (text: string) => Promise<void>,
  filter: Filter | null = null,
): Promise<number> {
  await (filter ? lived(spine) : drained(spine));
  const pages = () => (filter ? pagesThatFit(spine, filter) : pagesOfLeads(spine.db.kysely));
  const names = new Set<string>();
  if (format === "csv") {
    for await (const leads of pages())
      for (const lead of leads) for (const name of Object.keys(lead.attributes)) names.add(name);
  }
  const attributes = [...names].sort();
  const own = ["email", "created_at", "owner", "stage", "suppressed"];
  if (format === "csv")
    await write(
      csvLine([...own, ...attributes.map((name) => (own.includes(name) ? `attributes.${name}` : name))]),
    );
  let count = 0;
  for await (const leads of pages()) {
    count += leads.length;
    const lines = leads.map((lead) =>
      format === "csv" ? csvLine(cellsOf(lead, attributes)) : `${JSON.stringify(leadLine(lead))}\n`,
    );
    await write(lines.join(""));
  }
  return count;
}

async function* pagesThatFit(spine: Spine, filter: Filter): AsyncGenerator<Lead[]> {
  const db = spine.db.kysely;
  const list: Looked<FilteredRow, number> = {
    edge: (after, size) => leadNumberAfter(db, after, size),
    between: (after, until, narrowed) => leadsByNumber(db, after, until, narrowed),
    placeOf: ({ id }) => id,
  };
  for await (const { rows } of piecesThatFit(spine, filter, list)) yield rows.map(leadOf);
}

function cellsOf(lead: Lead, attributes: readonly string[]): unknown[] {
  const own = [lead.email, formatInstant(lead.createdAt), lead.owner, lead.stage, lead.suppressed];
  return [...own, ...attributes.map((name) => lead.attributes[name])];
}

function leadLine({ email, createdAt, attributes, owner, stage, suppressed, pausedUntil }: Lead) {
  return {
    email,
    at: formatInstant(createdAt),
    attributes,
    owner,
    stage,
    suppressed,
    paused_until: readableInstant(pausedUntil),
  };
}

/** Writes every event, lead by lead, as `import --events` and (JSON Lines) `score` read them; says how many. */
export async function exportEvents(
  spine: Spine,
  format: ExportFormat,
  write: (text: string) => Promise<void>,
): Promise<number> {
  await drained(spine);
  if (format === "csv")
    await write(csvLine(["email", "type", "at", "actor", "verdict", "message", "properties"]));
  let count = 0;
  for await (const events of pagesOfEvents(spine.db.kysely)) {
    count += events.length;
    await write(events.map(format === "csv" ? eventCells : eventLine).join(""));
  }
  return count;
}

function eventCells({ email, type, at, actor, verdict, message_id, properties }: ExportedEvent): string {
  return csvLine([email, type, formatInstant(at), actor, verdict, message_id, properties]);
}

function eventLine({ email, type, at, actor, verdict, message_id, properties }: ExportedEvent): string {
  const line = { email, type, at: formatInstant(at), actor, verdict };
  const message = message_id === null ? {} : { message: String(message_id) };
  return `${JSON.stringify({ ...line, ...message, properties: JSON.parse(properties) as unknown })}\n`;
}

/** Null where there is none, and for a pause that only a person ends. */
export function readableInstant(at: Instant | null): string | null {
  return at === null || at === END_OF_TIME ? null : formatInstant(at);
}
