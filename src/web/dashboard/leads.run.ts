import type { Event, Properties, Verdict, Actor } from "../../events/event.ts";
import { isCounted } from "../../events/event.ts";
import type { Instant } from "../../instant.ts";
import type { Lead } from "../../leads/lead.ts";
import { leadOf } from "../../leads/leads.store.ts";
import type { Db } from "../../db/tables.ts";
import type { Filter } from "../../lifecycle/filter.ts";
import { lookThrough, type Looked } from "../../lifecycle/filter.run.ts";
import type { Spine } from "../../lifecycle/spine.ts";
import type { LeadState } from "../../lifecycle/state.ts";
import { actWords } from "../../reps/words.ts";
import type { Model } from "../../scoring/model.ts";
import {
  actsAt,
  countByTemperature,
  GROUPS,
  leadsOfGroup,
  pieceOfGroup,
  placeInGroup,
  placeOf,
  type ActRow,
  type Group,
  type LeadFilter,
  type LeadPlace,
  type LeadRow,
} from "./leads.store.ts";
import { matches } from "../api/leads-list.store.ts";
import { standingNow, type Standing } from "./standing.ts";

/** A lead as the list shows it. */
export interface ListedLead {
  readonly lead: Lead;
  readonly standing: Standing | null;
  readonly lastAct: { readonly words: string; readonly at: Instant } | null;
}

/** Where a page begins: the group, and the place in it. */
export interface ListPlace extends LeadPlace {
  readonly group: Group;
}

export interface LeadList {
  readonly counts: Readonly<Record<Group, number>>;
  readonly leads: readonly ListedLead[];
  readonly next: ListPlace | null;
  /** So many leads were looked at that the page ends before it is full. */
  readonly cutShort: boolean;
}

const PER_PAGE = 50;

/** A page of leads by temperature, then by score. A few statements, however many leads. */
export async function listLeads(
  spine: Spine,
  model: Model | null,
  filter: LeadFilter & { readonly where?: Filter | null },
  only: Group | null,
  after: ListPlace | null,
): Promise<LeadList> {
  const { clock } = spine;
  const db = spine.db.kysely;
  const counts = await countByTemperature(db, filter);
  const groups = only ? [only] : GROUPS;
  const rows: { row: LeadRow; group: Group }[] = [];
  let cut: ListPlace | null = null;
  for (const group of groups.slice(after ? Math.max(0, groups.indexOf(after.group)) : 0)) {
    const place = after?.group === group ? after : null;
    const wanted = PER_PAGE + 1 - rows.length;
    if (wanted <= 0 || cut) break;
    if (counts[group] === 0) continue;
    const found = filter.where
      ? await lookThrough(spine, filter.where, groupOf(db, filter, group), place, wanted)
      : { rows: await leadsOfGroup(db, filter, group, place, wanted), next: null };
    rows.push(...found.rows.map((row) => ({ row, group })));
    if (found.next && rows.length <= PER_PAGE) cut = { group, ...found.next };
  }
  const shown = rows.slice(0, PER_PAGE);
  const last = shown.at(-1);
  const now = clock.now();
  const states = shown.map(({ row }) => (row.state === null ? null : (JSON.parse(row.state) as LeadState)));
  const acts = new Map(
    shown.flatMap(({ row }, index) => {
      const at = lastActOf(states[index]!, filter.model);
      return at === null ? [] : [[row.id, at] as const];
    }),
  );
  const words = new Map(
    (await actsAt(db, acts)).filter(isCountedRow).map((row) => [row.lead_id, actOf(row)]),
  );
  const leads = shown.map(({ row, group }, index) => {
    const lead = leadOf(row);
    const standing = model && standingNow(model, states[index]!, row, lead.attributes, now);
    return { lead, standing, lastAct: words.get(row.id) ?? null, group };
  });
  // The index holds totals of the last event: on a page they stand in the order of what is shown.
  leads.sort(
    (a, b) =>
      GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group) ||
      (b.standing?.total ?? 0) - (a.standing?.total ?? 0),
  );
  return {
    counts,
    leads,
    next: rows.length > PER_PAGE && last ? { group: last.group, ...placeOf(last.row) } : cut,
    cutShort: cut !== null,
  };
}

/** A group, for a condition to look through. */
function groupOf(db: Db, filter: LeadFilter, group: Group): Looked<LeadRow, LeadPlace> {
  return {
    edge: (after, size) => placeInGroup(db, filter, group, after, size),
    async between(after, until, narrowed) {
      const rows = await pieceOfGroup(db, filter, group, { after, until, narrowed });
      return rows.filter((row) => matches(filter.q, row));
    },
    placeOf,
  };
}

function lastActOf(state: LeadState | null, model: string): Instant | null {
  if (!state) return null;
  return (state.models[model] ?? Object.values(state.models)[0])?.lastAct ?? null;
}

function isCountedRow(row: ActRow): boolean {
  return isCounted({ verdict: row.verdict as Verdict });
}

function actOf(row: ActRow): { words: string; at: Instant } {
  const event: Event = {
    seq: row.seq,
    type: row.type,
    at: row.at,
    actor: row.actor as Actor,
    verdict: row.verdict as Verdict,
    properties: JSON.parse(row.properties) as Properties,
    message: row.message_id === null ? null : String(row.message_id),
  };
  const subjects = new Map(row.subject === null ? [] : [[String(row.message_id), row.subject]]);
  return { words: actWords(event, subjects), at: row.at };
}
