import { whyAsked, whyStanding } from "../../insights/lead-mails.ts";
import { capital } from "../../reps/notice.ts";
import { When } from "./layout.tsx";
import type { LeadView } from "./lead.run.ts";
import type { MailRow } from "../../insights/lead.store.ts";
import { mailPath } from "./links.ts";
import { stateTone, stateWords } from "../../insights/mail-words.ts";
import type { Times } from "./times.ts";

export function StateChip({ state }: { readonly state: string }) {
  return <span class={`chip ${stateTone(state)}`}>{stateWords(state)}</span>;
}

type Reactions = Pick<
  MailRow,
  "opened_at" | "clicked_at" | "replied_at" | "unsubscribed_at" | "bounced_at" | "machine_at"
>;

/** What people did with it; what machines did stands apart. Nothing where nobody did anything. */
export function ReactionsOf({ mail, times }: { readonly mail: Reactions; readonly times: Times }) {
  const did = (
    [
      ["Opened", mail.opened_at],
      ["Clicked", mail.clicked_at],
      ["Replied", mail.replied_at],
      ["Unsubscribed", mail.unsubscribed_at],
    ] as const
  ).filter(([, at]) => at !== null);
  return (
    <>
      {did.map(([words, at]) => (
        <span class="did" title={times.exact(at!)}>
          {words}
        </span>
      ))}
      {mail.machine_at !== null && (
        <span class="did machine" title={`A machine opened or clicked it: ${times.exact(mail.machine_at)}`}>
          Machine
        </span>
      )}
    </>
  );
}

/** The mails that a lead got, or is about to get: why there is each, and why it did or did not leave. */
export function MailTable({ view, times }: { readonly view: LeadView; readonly times: Times }) {
  const { mails } = view;
  return (
    <table class="list stack">
      <thead>
        <tr>
          <th scope="col">Mail</th>
          <th scope="col">State</th>
          <th scope="col">When</th>
          <th scope="col">By people</th>
        </tr>
      </thead>
      <tbody>
        {mails.map((mail) => (
          <tr>
            <th scope="row">
              <a href={mailPath(mail.id)}>{mail.subject ?? mail.template}</a>
              <span class="quiet">{capital(whyAsked(mail, view))}</span>
              <span class="quiet">{whyStanding(mail, view, times.moment)}</span>
            </th>
            <td>
              <StateChip state={mail.state} />
            </td>
            <td>
              <When at={mail.sent_at ?? mail.done_at ?? mail.due_at} times={times} />
            </td>
            <td>
              <ReactionsOf mail={mail} times={times} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
