import type { Attributes } from "../../leads/lead.ts";
import { leadName } from "../../reps/words.ts";
import { Go, When } from "./layout.tsx";
import { leadPath, mailPath, sequencePath, withQuery } from "./links.ts";
import { ReactionsOf, StateChip } from "./mail-list.tsx";
import { standingWords } from "../../insights/mail-words.ts";
import type { Box, BoxRow } from "./mailbox.store.ts";
import type { Times } from "./times.ts";

export interface MailboxPageProps {
  readonly mails: readonly BoxRow[];
  readonly box: Box;
  readonly to: "leads" | "reps" | null;
  readonly captured: boolean;
  readonly times: Times;
  readonly after: string | null;
  readonly next: string | null;
}

const NAMES: Readonly<Record<Box, string>> = {
  sent: "Sent",
  queued: "Waiting",
  in_doubt: "In doubt",
  unsent: "Not sent",
};

const NOTHING: Readonly<Record<Box, string>> = {
  sent: "No mail has left yet.",
  queued: "No mail waits.",
  in_doubt: "No mail is in doubt: of each it is known whether it was sent.",
  unsent: "Every mail that was asked for was sent, or waits.",
};

/** All mails, newest first. Where there is no mail server this is where they end. */
export function MailboxPage({ mails, box, to, captured, times, after, next }: MailboxPageProps) {
  const address = (change: Partial<Record<"state" | "to" | "after", string | null>>) =>
    withQuery("/mailbox", { state: box === "sent" ? null : box, to, ...change });
  return (
    <>
      <div class="title">
        <h1>Mailbox</h1>
        {captured && (
          <p class="quiet">
            <span class="chip warm">Captured</span> Mails end here and reach nobody. SMTP_URL names a mail
            server.
          </p>
        )}
      </div>
      <nav class="tabs rows" aria-label="State">
        {(Object.keys(NAMES) as Box[]).map((one) => (
          <a
            href={address({ state: one === "sent" ? null : one })}
            aria-current={box === one ? "true" : undefined}
          >
            {NAMES[one]}
          </a>
        ))}
      </nav>
      <nav class="tabs rows" aria-label="To whom">
        {([null, "leads", "reps"] as const).map((one) => (
          <a href={address({ to: one })} aria-current={to === one ? "true" : undefined}>
            {one === null ? "To everybody" : `To ${one}`}
          </a>
        ))}
      </nav>
      {box === "in_doubt" && mails.length > 0 && (
        <p class="note">
          The connection was lost before the server said whether it took these. No sender can know; they are
          not sent again by themselves.
        </p>
      )}
      {mails.length === 0 ? (
        <div class="empty">
          <p>{NOTHING[box]}</p>
        </div>
      ) : (
        <Mails mails={mails} times={times} />
      )}
      <nav class="pager" aria-label="Pages">
        {after !== null && <a href={address({})}>← Newest</a>}
        {next !== null && (
          <a class="next" rel="next" href={address({ after: next })}>
            Older →
          </a>
        )}
      </nav>
    </>
  );
}

function Mails({ mails, times }: Pick<MailboxPageProps, "mails" | "times">) {
  return (
    <table class="list stack mailbox">
      <thead>
        <tr>
          <th scope="col">Subject</th>
          <th scope="col">To</th>
          <th scope="col">State</th>
          <th scope="col">By people</th>
          <th scope="col">When</th>
        </tr>
      </thead>
      <tbody>
        {mails.map((mail) => (
          <tr>
            <th scope="row">
              <a href={mailPath(mail.id)}>{mail.subject ?? mail.template}</a>
              <span class="quiet">
                <Origin mail={mail} />
              </span>
              <span class="quiet">{standingWords(mail, times.moment)}</span>
            </th>
            <td data-name="to">
              <Recipient mail={mail} />
            </td>
            <td>
              <StateChip state={mail.state} />
              {mail.state === "in_doubt" && <SendAgain id={mail.id} />}
            </td>
            <td>
              <ReactionsOf mail={mail} times={times} />
            </td>
            <td>
              <When at={mail.sent_at ?? mail.done_at ?? mail.due_at} times={times} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

type Addressed = Pick<BoxRow, "recipient" | "email">;

/** The address, which leads to the lead where it is one's. */
export function Recipient({ mail: { recipient, email } }: { readonly mail: Addressed }) {
  const at = recipient.lastIndexOf("@");
  // A long one breaks before its domain, if it has to.
  const words = (
    <>
      {recipient.slice(0, at)}
      <wbr />
      {recipient.slice(at)}
    </>
  );
  return email === recipient ? <a href={leadPath(email)}>{words}</a> : words;
}

type Asker = Pick<BoxRow, "kind" | "sequence" | "step" | "variant" | "recipient" | "email"> & {
  readonly attributes?: string | null;
};

/** What asked for it: a step of a sequence, a notice and its lead, a digest. */
export function Origin({ mail }: { readonly mail: Asker }) {
  const { sequence, kind, email, recipient, attributes } = mail;
  if (sequence !== null) {
    return (
      <>
        <Go to={sequencePath(sequence)}>{sequence}</Go>
        {[mail.step, mail.variant && `variant ${mail.variant}`]
          .filter(Boolean)
          .map((part) => ` · ${part}`)
          .join("")}
      </>
    );
  }
  const words = `${kind[0]!.toUpperCase()}${kind.slice(1)}`;
  if (email === null || email === recipient) return <>{words}</>;
  const lead = { email, attributes: JSON.parse(attributes ?? "{}") as Attributes };
  return (
    <>
      {words} about <a href={leadPath(email)}>{leadName(lead)}</a>
    </>
  );
}

export function SendAgain({ id }: { readonly id: number }) {
  return (
    <form method="post" action={`${mailPath(id)}/send-again`}>
      <button type="submit" class="small">
        Send again
      </button>
    </form>
  );
}
