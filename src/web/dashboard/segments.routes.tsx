import { DEFAULT_MODEL } from "../../conditions/condition.ts";
import { adoptionOf } from "../../lifecycle/adoption.store.ts";
import { countMembers } from "../../segments/members.store.ts";
import type { Asked } from "./deps.ts";
import type { Page } from "./layout.tsx";
import { readPlace, writePlace } from "./leads.routes.tsx";
import { listLeads } from "./leads.run.ts";
import { SegmentPage, SegmentsPage } from "./segments-page.tsx";

/** `GET /segments` */
export async function segmentsPage({ deps: { spine } }: Asked): Promise<Page> {
  const { hash, segments } = spine.programme();
  const members = await countMembers(spine.db.kysely);
  const props = {
    segments: segments.map((segment) => ({ segment, members: members.get(segment.name) ?? 0 })),
    adoption: await adoptionOf(spine.db.kysely, hash),
  };
  return { title: "Segments", place: "Segments", content: <SegmentsPage {...props} /> };
}

/** `GET /segments/:name` */
export async function segmentPage({ c, deps: { spine }, frame }: Asked): Promise<Page | null> {
  const programme = spine.programme();
  const segment = programme.segments.find(({ name }) => name === c.req.param("name"));
  if (!segment) return null;
  const model = programme.models[0] ?? null;
  const filter = { model: model?.name ?? DEFAULT_MODEL, segment: segment.name };
  const after = c.req.query("after") ?? null;
  const list = await listLeads(spine, model, filter, null, readPlace(after));
  const props = {
    segment,
    members: (await countMembers(spine.db.kysely)).get(segment.name) ?? 0,
    adoption: await adoptionOf(spine.db.kysely, programme.hash),
    list,
    model,
    programme,
    times: frame.times,
    after,
    next: list.next && writePlace(list.next),
  };
  return { title: segment.title, place: "Segments", content: <SegmentPage {...props} /> };
}
