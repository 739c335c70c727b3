import { normaliseEmail } from "../../leads/address.ts";
import { findLead } from "../../leads/leads.store.ts";
import { eraseLead } from "../../lifecycle/erase.run.ts";
import { who } from "../../reps/notice.ts";
import type { Asked } from "./deps.ts";
import type { Page } from "./layout.tsx";
import { forgetPath, leadPath } from "./links.ts";

/** `GET /leads/<email>/forget`: asks. null: there is no such lead. */
export async function askToForget({ c, deps }: Pick<Asked, "c" | "deps">): Promise<Page | null> {
  const email = normaliseEmail(c.req.param("email") ?? "");
  const lead = email === null ? undefined : await findLead(deps.spine.db.kysely, email);
  if (!lead) return null;
  const { name } = who({ lead });
  return {
    title: `Forget ${name}?`,
    place: "Leads",
    content: (
      <section class="panel forget">
        <h1>Forget {name} for good?</h1>
        <p>
          Everything that is kept of {lead.email} is deleted: what they did, their scores, their mails, and
          what was said of them in notices. Nobody can bring it back.
        </p>
        <p>
          Only a code stays, from which nobody can read the address, so that no import or form has them mailed
          again.
        </p>
        <form method="post" action={forgetPath(lead.email)} class="choices">
          <button class="danger" type="submit">
            Forget this person
          </button>
          <a href={leadPath(lead.email)}>No, go back</a>
        </form>
      </section>
    ),
  };
}

/** `POST /leads/<email>/forget`: does what `kindling erase` does. null: there is no such lead. */
export async function forget({ c, deps }: Pick<Asked, "c" | "deps">): Promise<Page | null> {
  const email = normaliseEmail(c.req.param("email") ?? "");
  if (email === null || !(await findLead(deps.spine.db.kysely, email))) return null;
  await eraseLead(deps.spine, email);
  return {
    title: "Forgotten",
    place: "Leads",
    content: (
      <div class="empty">
        <h1>They are forgotten</h1>
        <p>Nothing is kept of them any more, and they will not be mailed.</p>
        <p>
          <a href="/">To the leads</a>
        </p>
      </div>
    ),
  };
}
