import { normaliseEmail } from "../../leads/address.ts";
import { who } from "../../reps/notice.ts";
import { mayOpen } from "./access.ts";
import type { Asked } from "./deps.ts";
import type { Page } from "./layout.tsx";
import { LeadPage } from "./lead-page.tsx";
import { viewLead } from "./lead.run.ts";
import { seesLead } from "./seen.store.ts";

/** `GET /leads/<email>`. */
export async function leadPage({ c, deps, frame, who: visitor, seenBy }: Asked): Promise<Page | null> {
  const email = normaliseEmail(c.req.param("email") ?? "");
  const { spine } = deps;
  const theirs = email !== null && (await seesLead(spine.db.kysely, seenBy, email));
  const view = theirs ? await viewLead(spine, email) : null;
  if (!view) return null;
  const all = c.req.query("timeline") === "all";
  return {
    title: who({ lead: view.lead }).name,
    place: "Leads",
    content: (
      <LeadPage
        view={view}
        times={frame.times}
        all={all}
        mayForget={mayOpen(visitor, "POST /leads/:email/forget")}
      />
    ),
  };
}
