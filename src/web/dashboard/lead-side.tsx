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

/** The last word on each topic, and the record that it rests on. */
export function Consent({ view: { state, log, programme }, times }: SideProps) {
  const words = Object.entries(state?.consent ?? {});
  const { consent, topics } = programme.settings;
  const record = log
    .filter(
      (event) =>
        event.type === "consent.given" ||
        event.type === "consent.withdrawn" ||
        event.type === "email.unsubscribed",
    )
    .toReversed();
  if (words.length === 0 && record.length === 0 && !consent.required) return null;
  const title = (topic: string) =>
    topic === "*" ? "All mail" : (topics.find((one) => one.topic === topic)?.title ?? topic);
  return (
    <section class="panel" aria-labelledby="consent">
      <h2 id="consent">Consent</h2>
      <ul class="entries">
        {words.length === 0 && consent.required && <li class="quiet">None on record, and it is required.</li>}
        {words.map(([topic, word]) => (
          <li>
            {title(topic)} <span class={`chip ${word === "given" ? "good" : "bad"}`}>{word}</span>
          </li>
        ))}
        {record.map((event) => {
          const say = (name: string) => {
            const value = event.properties[name];
            return typeof value === "string" && value !== "" ? value : null;
          };
          const text = say("words");
          return (
            <li class="quiet">
              <When at={event.at} times={times} />:{" "}
              {event.type === "consent.given"
                ? "given"
                : event.type === "consent.withdrawn"
                  ? "withdrawn"
                  : "unsubscribed"}
              {`, ${title(say("topic") ?? "*").toLowerCase()}`}
              {text && `, “${text}”`}
              {say("source") && `, by ${say("source")}`}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
