import { conditionWords } from "../../insights/condition-words.ts";
import type { Adoption } from "../../lifecycle/adoption.store.ts";
import type { Programme } from "../../programme/programme.ts";
import { capital } from "../../reps/notice.ts";
import { counted } from "../../reps/words.ts";
import type { Model } from "../../scoring/model.ts";
import type { Segment } from "../../segments/definition.ts";
import { inOneLine } from "./condition-box.tsx";
import { LeadTable } from "./lead-table.tsx";
import { Pager } from "./leads-page.tsx";
import type { LeadList } from "./leads.run.ts";
import { segmentPath, withQuery } from "./links.ts";
import type { Times } from "./times.ts";

interface SegmentsPageProps {
  /** In the order of the file. */
  readonly segments: readonly { readonly segment: Segment; readonly members: number }[];
  readonly adoption: Adoption;
}

/** Every segment with what it means and how many are in it. */
export function SegmentsPage({ segments, adoption }: SegmentsPageProps) {
  return (
    <>
      <div class="title">
        <h1>Segments</h1>
      </div>
      <Filling adoption={adoption} />
      {segments.length === 0 ? (
        <div class="empty">
          <p>No segment yet. They are named in config/segments.yaml.</p>
          <p>
            <a href="/">Try a condition on the leads</a>
          </p>
        </div>
      ) : (
        <table class="list stack">
          <thead>
            <tr>
              <th scope="col">Segment</th>
              <th scope="col" class="num">
                Leads
              </th>
              <th scope="col" class="num">
                Of all
              </th>
            </tr>
          </thead>
          <tbody>
            {segments.map(({ segment, members }) => (
              <tr>
                <th scope="row">
                  <a href={segmentPath(segment.name)}>{segment.title}</a>
                  <span class="quiet">{capital(conditionWords(segment.when))}</span>
                </th>
                <td class="num" data-name="leads">
                  {members.toLocaleString("en")}
                </td>
                <td class="num" data-name="of all">
                  {adoption.total === 0 ? "–" : `${Math.round((100 * members) / adoption.total)} %`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

interface SegmentPageProps {
  readonly segment: Segment;
  readonly members: number;
  readonly adoption: Adoption;
  readonly list: LeadList;
  readonly model: Model | null;
  readonly programme: Programme;
  readonly times: Times;
  /** In the address line; null: the first page. */
  readonly after: string | null;
  readonly next: string | null;
}

/** One segment: what it means, a box to try another condition, and its members. */
export function SegmentPage(props: SegmentPageProps) {
  const { segment, members, list, after, next } = props;
  const page = (place: string | null) => withQuery(segmentPath(segment.name), { after: place });
  return (
    <>
      <p class="back">
        <a href="/segments">← Segments</a>
      </p>
      <div class="title">
        <h1>{segment.title}</h1>
        <p class="quiet">{counted(members, "lead")}</p>
      </div>
      <Filling adoption={props.adoption} />
      <section class="panel">
        <p>{capital(conditionWords(segment.when))}.</p>
        <form method="get" action="/" class="filters try">
          <label class="grow">
            <span>Try another condition on all leads</span>
            <input type="text" name="where" value={inOneLine(segment.when)} spellcheck={false} />
          </label>
          <div class="actions">
            <button type="submit">Show who fits</button>
          </div>
        </form>
      </section>
      {list.leads.length === 0 ? (
        <div class="empty">
          <p>No lead is in it.</p>
        </div>
      ) : (
        <LeadTable {...props} />
      )}
      <Pager first={after === null ? null : page(null)} next={next === null ? null : page(next)} />
    </>
  );
}

/** While leads are taken over to an applied version, segments still change. */
function Filling({ adoption: { taken, total } }: { readonly adoption: Adoption }) {
  if (taken === total) return null;
  return (
    <div class="note filling">
      <p>
        Being filled by the version that was applied: {taken.toLocaleString("en")} of{" "}
        {total.toLocaleString("en")} leads so far.
      </p>
      <progress value={taken} max={total} aria-label="Leads looked at">
        {Math.floor((100 * taken) / total)} %
      </progress>
    </div>
  );
}
