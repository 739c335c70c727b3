import type { Asked } from "./deps.ts";
import type { Page } from "./layout.tsx";
import { NOTICE_STATES, NoticesPage } from "./notices-page.tsx";
import { countOpenNotices, listNotices } from "./notices.store.ts";
import { readPlace, writePlace } from "./place.ts";

const PER_PAGE = 50;

/** `GET /notices?rep=&state=&after=`. */
export async function noticesPage({ c, deps: { spine }, frame: { times }, seenBy }: Asked): Promise<Page> {
  const db = spine.db.kysely;
  const programme = spine.programme();
  const rep = seenBy?.rep ?? (c.req.query("rep")?.replaceAll("\0", "") || null);
  const state = NOTICE_STATES.find((one) => one === c.req.query("state")) ?? null;
  const after = readPlace(c.req.query("after"));
  const filter = { ...(rep === null ? {} : { rep }), ...(state === null ? {} : { state }) };
  const { notices, next } = await listNotices(db, filter, after, PER_PAGE);
  const open = await countOpenNotices(db, seenBy?.rep);
  const place = { after: after && writePlace(after), next: next && writePlace(next) };
  const props = { notices, rep, own: seenBy !== null, state, open, programme, times, ...place };
  return { title: "Notices", place: "Notices", content: <NoticesPage {...props} /> };
}
