import { capital, who } from "../../reps/notice.ts";
import { clean } from "../../reps/words.ts";
import { Go, When } from "./layout.tsx";
import { nextThings, whyNoMail, type LeadThing } from "../../insights/lead-next.ts";
import { Consent, Deals, Enrolments, LeadNotices } from "./lead-side.tsx";
import { ScorePanel } from "./lead-score.tsx";
import { Timeline } from "./lead-timeline.tsx";
import type { LeadView } from "./lead.run.ts";
import { stageWords } from "./lead-table.tsx";
import { forgetPath, mailPath, sequencePath, withQuery } from "./links.ts";
import { MailTable } from "./mail-list.tsx";
import { HeatChip } from "./temperature.tsx";
import type { Times } from "./times.ts";

export interface LeadPageProps {
  readonly view: LeadView;
  readonly times: Times;
  /** The whole timeline, not just the latest of it. */
  readonly all: boolean;
  /** Whoever looks may have the lead forgotten. */
  readonly mayForget: boolean;
}

/** One lead: who, how warm and why, what they were sent, what happened, what comes next. */
export function LeadPage({ view, times, all, mayForget }: LeadPageProps) {
  const { scores, mails } = view;
  return (
    <>
      <LeadHeader view={view} times={times} />
      <div class="columns answers">
        <div>
          {scores.length === 0 && (
            <section class="panel">
              <h2>Why this score</h2>
              <p class="quiet">No model scores this lead.</p>
            </section>
          )}
          {scores.map((score) => (
            <ScorePanel view={view} score={score} times={times} />
          ))}
          <section class="panel mails" aria-labelledby="mails">
            <h2 id="mails">Why these mails</h2>
            {mails.length === 0 ? <p class="quiet">None yet.</p> : <MailTable view={view} times={times} />}
          </section>
          <Timeline view={view} times={times} all={all} />
        </div>
        <div>
          <Things
            id="no-mail"
            title="Why no mail now"
            things={whyNoMail(view, times.moment)}
            times={times}
            none={null}
          />
          <Things
            id="next"
            title="What comes next"
            things={nextThings(view, times.moment)}
            times={times}
            none="Nothing by itself: it waits for them to do something."
          />
          <Enrolments view={view} times={times} />
          <LeadNotices view={view} times={times} />
          <Deals view={view} times={times} />
          <Consent view={view} times={times} />
          <Facts view={view} times={times} />
          {mayForget && (
            <p class="quiet forgetting">
              <a href={forgetPath(view.lead.email)}>Forget this person…</a>
            </p>
          )}
        </div>
      </div>
    </>
  );
}

function LeadHeader({ view, times }: Pick<LeadPageProps, "view" | "times">) {
  const { lead, programme } = view;
  const { name, role } = who({ lead });
  const score = view.scores[0]?.explanation;
  const owner = programme.reps.reps.find(({ rep }) => rep === lead.owner)?.name ?? lead.owner;
  return (
    <div class="who">
      <h1>{name}</h1>
      {role && <p class="role">{role}</p>}
      <p class="chips">
        <HeatChip heat={score?.temperature ?? null} total={score?.total} />
        <span class="chip">{stageWords(lead.stage)}</span>
        <span class="chip">{owner === null ? "No owner" : owner}</span>
        {lead.suppressed !== null && <span class="chip bad">No mail: {lead.suppressed}</span>}
        {lead.pausedUntil !== null && lead.pausedUntil > times.now && <span class="chip warm">Paused</span>}
      </p>
      <p class="quiet">
        <a href={`mailto:${encodeURIComponent(lead.email).replaceAll("%40", "@")}`}>{lead.email}</a>
        {clean(lead.attributes["phone"]) && ` · ${clean(lead.attributes["phone"])}`} · a lead since{" "}
        <When at={lead.createdAt} times={times} as="day" />
      </p>
    </div>
  );
}

interface ThingsProps {
  readonly id: string;
  readonly title: string;
  readonly things: readonly LeadThing[];
  readonly times: Times;
  /** What is said where there is nothing; null: then there is no panel. */
  readonly none: string | null;
}

function Things({ id, title, things, times, none }: ThingsProps) {
  if (things.length === 0 && none === null) return null;
  return (
    <section class="panel ahead" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {things.length === 0 ? (
        <p class="quiet">{none}</p>
      ) : (
        <ul class="next-things">
          {things.map(({ at, words, why, about }) => (
            <li>
              {about === null ? words : <Go to={placeOf(about)}>{words}</Go>}
              <span class="quiet">
                {at !== null && (
                  <>
                    <When at={at} times={times} as="span" />, <When at={at} times={times} />
                  </>
                )}
                {at !== null && why !== null && "; "}
                {why}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function placeOf(about: NonNullable<LeadThing["about"]>): string {
  return about.kind === "mail" ? mailPath(about.id) : sequencePath(about.name);
}

const SHOWN_ABOVE = new Set(["first_name", "last_name", "company", "job_title", "phone"]);

function Facts({ view: { lead, state, programme } }: Pick<LeadPageProps, "view" | "times">) {
  const attributes = Object.entries(lead.attributes).filter(([name]) => !SHOWN_ABOVE.has(name));
  const segments = state?.segments ?? [];
  if (attributes.length === 0 && segments.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="facts">
      <h2 id="facts">What we know</h2>
      <dl class="facts">
        {segments.length > 0 && (
          <>
            <dt>Segments</dt>
            <dd>
              {segments.map((segment, index) => (
                <>
                  {index > 0 && ", "}
                  <a href={withQuery("/", { segment })}>
                    {programme.segments.find(({ name }) => name === segment)?.title ?? segment}
                  </a>
                </>
              ))}
            </dd>
          </>
        )}
        {attributes.map(([name, value]) => (
          <>
            <dt>{capital(name.replaceAll("_", " "))}</dt>
            <dd>{clean(value, 300)}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}
