import type { Child } from "hono/jsx";
import { formatMailbox } from "../../leads/address.ts";
import { Facts } from "./facts.tsx";
import { Go, When } from "./layout.tsx";
import type { MailView } from "./mail.run.ts";
import { mailPath, versionPath, withQuery } from "./links.ts";
import { ReactionsOf, StateChip } from "./mail-list.tsx";
import { decisionWords, standingWords } from "../../insights/mail-words.ts";
import { Origin, Recipient, SendAgain } from "./mailbox-page.tsx";
import type { Times } from "./times.ts";

export const FORMS = ["html", "text", "facts"] as const;
export type Form = (typeof FORMS)[number];

interface MailPageProps {
  readonly view: MailView;
  readonly form: Form;
  readonly times: Times;
}

/** One mail as it looks, as plain text, or as the facts about it. */
export function MailPage({ view, form, times }: MailPageProps) {
  const { row, body } = view;
  const subject = body?.subject ?? row.subject ?? row.template;
  return (
    <>
      <p class="back">
        <a href="/mailbox">← Mailbox</a>
      </p>
      <div class="who">
        <h1>{subject}</h1>
        <p class="chips">
          <StateChip state={row.state} />
          <span class="quiet">
            to <Recipient mail={row} /> · <Origin mail={row} /> ·{" "}
            <When at={row.sent_at ?? row.done_at ?? row.due_at} times={times} />
          </span>
          <ReactionsOf mail={row} times={times} />
        </p>
        {row.state === "in_doubt" && <SendAgain id={row.id} />}
      </div>
      <div class="columns">
        <section aria-label="The mail">
          {body !== null && <Forms id={row.id} form={form} />}
          {body === null ? (
            <div class="panel">
              {view.hidden ? (
                <p>It is not shown to reps: the links in it are for the lead's own eyes.</p>
              ) : (
                <p>
                  It is not written yet: that happens when it leaves, with what is known of the lead then.
                </p>
              )}
              <p class="quiet">Template {row.template}</p>
            </div>
          ) : form === "html" ? (
            <iframe
              class="mail"
              title={subject}
              sandbox="allow-popups allow-popups-to-escape-sandbox"
              src={`${mailPath(row.id)}/mail`}
            ></iframe>
          ) : form === "text" ? (
            <pre class="panel mailtext" tabindex={0}>
              {body.text}
            </pre>
          ) : (
            <Headers view={view} />
          )}
        </section>
        <Why view={view} times={times} />
      </div>
    </>
  );
}

function Forms({ id, form }: { readonly id: number; readonly form: Form }) {
  return (
    <nav class="tabs rows" aria-label="Form">
      {FORMS.map((one) => (
        <a
          href={withQuery(mailPath(id), { show: one === "html" ? null : one })}
          aria-current={form === one ? "true" : undefined}
        >
          {{ html: "As it looks", text: "Plain text", facts: "Headers" }[one]}
        </a>
      ))}
    </nav>
  );
}

function Headers({ view: { composed, row, template } }: { readonly view: MailView }) {
  if (composed === null) return <p class="panel">It can't be put together for this address.</p>;
  const facts: readonly (readonly [string, Child])[] = [
    ["From", formatMailbox({ ...composed.from, name: composed.from.name || null })],
    ["To", composed.to],
    [
      "Reply-To",
      composed.replyTo && formatMailbox({ ...composed.replyTo, name: composed.replyTo.name || null }),
    ],
    ["Subject", composed.subject],
    ["Date", composed.date],
    ["Message-ID", composed.messageId],
    ["Return-Path", `<${composed.envelope.from}>`],
    ...Object.entries(composed.headers),
    ["Template", row.template],
    ["Its version", template?.hash.slice(0, 12)],
    ["Language", row.locale],
    ["Variant", row.variant],
    ["Programme", <Go to={versionPath(row.programme)}>{row.programme.slice(0, 12)}</Go>],
    ["Attempts", String(row.attempt)],
  ];
  return <Facts class="panel facts headers" facts={facts} />;
}

/** All that the gate said, newest first: why it was sent, why not yet. */
function Why({ view: { row, decisions }, times }: { readonly view: MailView; readonly times: Times }) {
  return (
    <section class="panel" aria-labelledby="why">
      <h2 id="why">Why, and why not yet</h2>
      <ul class="entries">
        {(row.state === "in_doubt" || row.state === "failed" || row.state === "bounced") && (
          <li>{standingWords(row, times.moment)}</li>
        )}
        {row.sent_at !== null && (
          <li>
            {row.bounced_at === null ? "It left." : "It left, and bounced later."}
            <span class="quiet">
              <When at={row.sent_at} times={times} />
            </span>
          </li>
        )}
        {decisions.toReversed().map((decision) => (
          <li>
            {decisionWords(decision, times.moment)}
            <span class="quiet">
              <When at={decision.at} times={times} />
            </span>
          </li>
        ))}
        {decisions.length === 0 && row.sent_at === null && <li>{decisionWords(row, times.moment)}</li>}
        <li>
          Asked for.
          <span class="quiet">
            <When at={row.queued_at} times={times} />
          </span>
        </li>
      </ul>
    </section>
  );
}
