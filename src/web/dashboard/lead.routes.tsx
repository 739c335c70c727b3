import { normaliseEmail } from "../../leads/address.ts";
import { who } from "../../reps/notice.ts";
import type { Asked } from "./deps.ts";
import type { Page } from "./layout.tsx";
import { LeadPage } from "./lead-page.tsx";
import { viewLead } from "./lead.run.ts";

/** `GET /leads/<email>`. */
export async function leadPage({ c, deps, frame }: Asked): Promise<Page | null> {
  const email = normaliseEmail(c.req.param("email") ?? "");
  const view = email === null ? null : await viewLead(deps.spine, email);
  if (!view) return null;
  const all = c.req.query("timeline") === "all";
  return {
    title: who({ lead: view.lead }).name,
    place: "Leads",
    content: <LeadPage view={view} times={frame.times} all={all} />,
  };
}
