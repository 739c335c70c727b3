import { DEFAULT_MODEL } from "../../conditions/condition.ts";
import { compileFilter } from "../../lifecycle/filter.ts";
import type { Spine } from "../../lifecycle/spine.ts";
import { readFilter } from "../../programme/filter.ts";
import type { Programme } from "../../programme/programme.ts";
import type { Model } from "../../scoring/model.ts";
import type { AskedCondition } from "./condition-box.tsx";
import type { Asked } from "./deps.ts";
import type { Page } from "./layout.tsx";
import { LeadsPage, type LeadQuery } from "./leads-page.tsx";
import { listLeads, type LeadList, type ListPlace } from "./leads.run.ts";
import { GROUPS, type Group } from "./leads.store.ts";

/** `GET /`: leads by temperature. What the address line gets wrong is left out, not refused. */
export async function leadsPage({ c, deps, frame, seenBy }: Asked): Promise<Page> {
  const { spine, baseUrl } = deps;
  const programme = spine.programme();
  const asked = (name: string) => c.req.query(name)?.replaceAll("\0", "").trim().slice(0, 200) || undefined;
  const model = programme.models.find(({ name }) => name === asked("model")) ?? programme.models[0] ?? null;
  const query: LeadQuery = {
    model: model?.name ?? DEFAULT_MODEL,
    temperature: groupOf(asked("temperature")),
    segment: programme.segments.find(({ name }) => name === asked("segment"))?.name,
    stage: asked("stage"),
    owner: asked("owner"),
    seenBy: seenBy?.rep,
    q: asked("q"),
    condition: conditionOf(c.req.query("where"), programme),
    after: asked("after") ?? null,
  };
  const list = await listed(spine, model, query);
  const next = list.next && writePlace(list.next);
  const props = { list, query, model, programme, times: frame.times, baseUrl, next };
  return { title: "Leads", place: "Leads", content: <LeadsPage {...props} /> };
}

function conditionOf(text: string | undefined, programme: Programme): AskedCondition | null {
  const written = text?.trim();
  return written ? { text: written, read: readFilter(written, programme, "condition") } : null;
}

async function listed(spine: Spine, model: Model | null, query: LeadQuery): Promise<LeadList> {
  const read = query.condition?.read;
  const filter = { ...query, where: read && "condition" in read ? compileFilter(read.condition) : null };
  const list = await listLeads(spine, model, filter, query.temperature, readPlace(query.after));
  return read && "problems" in read ? { ...list, leads: [], next: null } : list;
}

function groupOf(text: string | undefined): Group | null {
  return GROUPS.find((group) => group === text) ?? null;
}

export function writePlace({ group, total, id }: ListPlace): string {
  return `${group}_${total}_${id}`;
}

/** null for anything that is no place: the list begins at its beginning. */
export function readPlace(text: string | null): ListPlace | null {
  const [group, total, id] = (text ?? "").split("_");
  const place = { group: groupOf(group), total: Number(total || Number.NaN), id: Number(id || Number.NaN) };
  return place.group !== null && Number.isFinite(place.total) && Number.isSafeInteger(place.id)
    ? (place as ListPlace)
    : null;
}
