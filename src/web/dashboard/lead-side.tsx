import { consentLog, consentWords, topicTitle } from "../../insights/consent-log.ts";
import { Go, When } from "./layout.tsx";
import type { LeadView } from "./lead.run.ts";
import { sequencePath } from "./links.ts";
import { noticeStanding, noticeWords } from "./notice-words.ts";
import { outcomeWords } from "../../insights/lead-words.ts";
import type { Times } from "./times.ts";

interface SideProps {
  readonly view: LeadView;
  readonly times: Times;
}

export function Enrolments({ view: { enrolments, programme, mails }, times }: SideProps) {
  if (enrolments.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="enrolments">
      <h2 id="enrolments">Sequences</h2>
      <ul class="entries">
        {enrolments.map((row) => {
          const mail = mails.find((one) => one.enrolment_id === row.id && one.state === "queued");
          const nextAt = row.due_at ?? mail?.due_at ?? null;
          return (
            <li>
              <Go to={sequencePath(row.sequence)}>
                {programme.sequences.get(row.sequence)?.title ?? row.sequence}
              </Go>
              {row.state === "open" && <span class="chip warm">Open</span>}
              {row.state === "open" && row.definition !== programme.sequences.get(row.sequence)?.hash && (
                <span class="chip" title={`Definition ${row.definition.slice(0, 12)}`}>
                  Earlier version
                </span>
              )}
              <span class="quiet">
                <When at={row.entered_at} times={times} as="day" />
                {row.state === "open" ? (
                  <>
                    {`, at ${row.step ?? "its end"}`}
                    {nextAt !== null && (
                      <>
                        , next <When at={nextAt} times={times} as="span" />
                      </>
                    )}
                  </>
                ) : (
                  <>
                    {" – "}
                    {row.ended_at !== null && <When at={row.ended_at} times={times} as="day" />}
                    {`, ${outcomeWords(row.outcome ?? "")}`}
                  </>
                )}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

export function LeadNotices({ view: { notices, programme }, times }: SideProps) {
  if (notices.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="notices">
      <h2 id="notices">Notices</h2>
      <ul class="entries">
        {notices.map((notice) => {
          const { state, detail } = noticeStanding(notice, programme);
          return (
            <li>
              {noticeWords(notice, programme).sentence}
              <span class="quiet">
                <When at={notice.at} times={times} as="day" />, {state}
                {detail && `: ${detail}`}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

export function Deals({ view: { deals }, times }: SideProps) {
  if (deals.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="deals">
      <h2 id="deals">Deals</h2>
      <ul class="entries">
        {deals.map((deal) => (
          <li>
            {deal.value === null ? "Deal" : deal.value.toLocaleString("en")}
            <span
              class={`chip ${deal.outcome === "won" ? "good" : deal.outcome === "lost" ? "bad" : "warm"}`}
            >
              {deal.outcome ?? deal.stage}
            </span>
            <span class="quiet">
              opened <When at={deal.openedAt} times={times} as="day" />
              {deal.closedAt !== null && (
                <>
                  , closed <When at={deal.closedAt} times={times} as="day" />
                </>
              )}
              {deal.reason && `: ${deal.reason}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const CHIPS = { given: "good", withdrawn: "bad", asked: "warm" } as const;

/** Whether the address may be mailed, the last word on each topic, and the record that both rest on. */
export function Consent({ view: { state, log, programme, suppression }, times }: SideProps) {
  const words = Object.entries(state?.consent ?? {});
  const { consent, topics } = programme.settings;
  const record = consentLog(log);
  const asks = consent.required || consent.doubleOptIn;
  if (words.length === 0 && record.length === 0 && suppression === null && !asks) return null;
  return (
    <section class="panel" aria-labelledby="consent">
      <h2 id="consent">Consent</h2>
      <ul class="entries">
        {suppression !== null && (
          <li>
            On the suppression list <span class="chip bad">{suppression.reason}</span>
            <span class="quiet">
              since <When at={suppression.at} times={times} />, by {suppression.source}
            </span>
          </li>
        )}
        {words.length === 0 && consent.required && <li class="quiet">None on record, and it is required.</li>}
        {words.map(([topic, word]) => (
          <li>
            {topicTitle(topic, topics)}{" "}
            <span class={`chip ${CHIPS[word]}`}>{word === "asked" ? "to be confirmed" : word}</span>
          </li>
        ))}
        {record.map((entry) => (
          <li class="quiet">
            <When at={entry.at} times={times} />: {consentWords(entry, topics)}
          </li>
        ))}
      </ul>
    </section>
  );
}
