import type { Programme } from "../../programme/programme.ts";
import { who } from "../../reps/notice.ts";
import type { ListedNotice } from "../../reps/notices.store.ts";
import type { NoticeState } from "../../reps/reason.ts";
import { When } from "./layout.tsx";
import { leadPath, withQuery } from "./links.ts";
import { noticeStanding, noticeWords } from "./notice-words.ts";
import type { Times } from "./times.ts";

export interface NoticesPageProps {
  readonly notices: readonly ListedNotice[];
  readonly rep: string | null;
  /** Those of the reader, who sees no others. */
  readonly own: boolean;
  readonly state: NoticeState | null;
  /** By rep, how many wait for an answer. */
  readonly open: ReadonlyMap<string, number>;
  readonly programme: Programme;
  readonly times: Times;
  readonly after: string | null;
  readonly next: string | null;
}

const STATES: Readonly<Record<NoticeState, string>> = {
  waiting: "To be told",
  sent: "Unanswered",
  answered: "Answered",
  withdrawn: "Withdrawn",
};

export const NOTICE_STATES = Object.keys(STATES) as NoticeState[];

/** What reps were told, why, and what they said. */
export function NoticesPage(props: NoticesPageProps) {
  const { notices, rep, own, state, open, programme, times, after, next } = props;
  const to = (change: Partial<Record<"rep" | "state" | "after", string | null>>) =>
    withQuery("/notices", { rep: own ? null : rep, state, ...change });
  const all = [...open.values()].reduce((sum, count) => sum + count, 0);
  return (
    <>
      <div class="title">
        <h1>Notices</h1>
        <p class="quiet">{all === 0 ? "None waits for an answer." : `${all} without an answer.`}</p>
      </div>
      {!own && (
        <nav class="tabs rows" aria-label="Rep">
          <a href={to({ rep: null })} aria-current={rep === null ? "true" : undefined}>
            Everybody
          </a>
          {programme.reps.reps.map((one) => (
            <a href={to({ rep: one.rep })} aria-current={rep === one.rep ? "true" : undefined}>
              {one.name}
              {(open.get(one.rep) ?? 0) > 0 && <b>{open.get(one.rep)}</b>}
            </a>
          ))}
        </nav>
      )}
      <nav class="tabs rows" aria-label="State">
        <a href={to({ state: null })} aria-current={state === null ? "true" : undefined}>
          In any state
        </a>
        {NOTICE_STATES.map((one) => (
          <a href={to({ state: one })} aria-current={state === one ? "true" : undefined}>
            {STATES[one]}
          </a>
        ))}
      </nav>
      {notices.length === 0 ? (
        <div class="empty">
          <p>
            {own && state === null
              ? "No notice yet. You are told here and by mail."
              : rep === null && state === null
                ? "No notice yet. config/reps.yaml says when a rep is told."
                : "No notice fits these filters."}
          </p>
        </div>
      ) : (
        <table class="list stack">
          <thead>
            <tr>
              <th scope="col">Lead</th>
              <th scope="col">Why</th>
              <th scope="col">Where it stands</th>
              <th scope="col">When</th>
            </tr>
          </thead>
          <tbody>
            {notices.map((notice) => (
              <Line notice={notice} programme={programme} times={times} />
            ))}
          </tbody>
        </table>
      )}
      <nav class="pager" aria-label="Pages">
        {after !== null && <a href={to({})}>← Newest</a>}
        {next !== null && (
          <a class="next" rel="next" href={to({ after: next })}>
            Older →
          </a>
        )}
      </nav>
    </>
  );
}

interface LineProps {
  readonly notice: ListedNotice;
  readonly programme: Programme;
  readonly times: Times;
}

function Line({ notice, programme, times }: LineProps) {
  const { name, role } = who({ lead: { ...notice, owner: null, stage: "lead" } });
  const { state, detail, tone } = noticeStanding(notice, programme);
  const since = notice.state === "waiting" ? null : (notice.answeredAt ?? notice.sentAt);
  const event = notice.reason.event;
  return (
    <tr>
      <th scope="row">
        <a href={leadPath(notice.email)}>{name}</a>
        <span class="quiet">{role}</span>
      </th>
      <td class="wide">
        {noticeWords(notice, programme).sentence}
        {event !== null && <span class="quiet"> After {event}.</span>}
      </td>
      <td>
        <span class={`chip ${tone}`}>{STATES[notice.state]}</span>
        <span class="quiet block">
          {state}
          {since !== null && (
            <>
              {" "}
              <When at={since} times={times} as="span" />
            </>
          )}
          {detail && `, ${detail}`}
        </span>
      </td>
      <td>
        <When at={notice.at} times={times} />
      </td>
    </tr>
  );
}
