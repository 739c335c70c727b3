import { DEFAULT_MODEL } from "../../conditions/condition.ts";
import type { Asked } from "./deps.ts";
import type { Page } from "./layout.tsx";
import { LeadsPage, type LeadQuery } from "./leads-page.tsx";
import { listLeads, type ListPlace } from "./leads.run.ts";
import { GROUPS, type Group } from "./leads.store.ts";

/** `GET /`: leads by temperature. What the address line gets wrong is left out, not refused. */
export async function leadsPage({ c, deps, frame }: Asked): Promise<Page> {
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
    q: asked("q"),
    after: asked("after") ?? null,
  };
  const list = await listLeads(spine, model, query, query.temperature, readPlace(query.after));
  const next = list.next && writePlace(list.next);
  const props = { list, query, model, programme, times: frame.times, baseUrl, next };
  return { title: "Leads", place: "Leads", content: <LeadsPage {...props} /> };
}

function groupOf(text: string | undefined): Group | null {
  return GROUPS.find((group) => group === text) ?? null;
}

function writePlace({ group, total, id }: ListPlace): string {
  return `${group}_${total}_${id}`;
}

/** null for anything that is no place: the list begins at its beginning. */
function readPlace(text: string | null): ListPlace | null {
  const [group, total, id] = (text ?? "").split("_");
  const place = { group: groupOf(group), total: Number(total || Number.NaN), id: Number(id || Number.NaN) };
  return place.group !== null && Number.isFinite(place.total) && Number.isSafeInteger(place.id)
    ? (place as ListPlace)
    : null;
}
