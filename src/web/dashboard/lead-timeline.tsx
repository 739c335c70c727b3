import type { LeadView } from "./lead.run.ts";
import { leadPath, withQuery } from "./links.ts";
import { timelineOf, type TimelineEntry } from "./timeline.ts";
import type { Times } from "./times.ts";
import { Go, When } from "./layout.tsx";

const LATEST = 60;

interface TimelineProps {
  readonly view: LeadView;
  readonly times: Times;
  readonly all: boolean;
}

/** All that happened, newest first, a heading for each day. What machines did is marked, with why we think so. */
export function Timeline({ view, times, all }: TimelineProps) {
  const entries = timelineOf(view, times.moment);
  const shown = all ? entries : entries.slice(0, LATEST);
  const days = Map.groupBy(shown, ({ at }) => times.day(at));
  return (
    <section class="panel past" aria-labelledby="timeline">
      <h2 id="timeline">Everything that happened</h2>
      <div class="timeline">
        {[...days].map(([day, ofDay]) => (
          <>
            <h3>{day}</h3>
            <ol>
              {ofDay.map((entry) => (
                <Line entry={entry} times={times} />
              ))}
            </ol>
          </>
        ))}
      </div>
      {shown.length < entries.length && (
        <p>
          <a href={`${withQuery(leadPath(view.lead.email), { timeline: "all" })}#timeline`}>
            Show all {entries.length}
          </a>
        </p>
      )}
    </section>
  );
}

function Line({ entry, times }: { readonly entry: TimelineEntry; readonly times: Times }) {
  const { kind, words, detail, href, at } = entry;
  return (
    <li class={kind}>
      <When at={at} times={times} as="clock" />
      <span class="what">
        {href === null ? words : <Go to={href}>{words}</Go>}
        {kind === "machine" && <span class="chip">Machine</span>}
        {detail && <span class="quiet">{detail}</span>}
      </span>
    </li>
  );
}
