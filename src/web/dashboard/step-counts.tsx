import { shownShare } from "../../reps/words.ts";

/** What some mails came to, as web/api/sequence-report.ts sums it up. */
interface Counts {
  readonly sent: number;
  readonly people: Readonly<
    Record<"opened" | "clicked" | "replied" | "bounced" | "unsubscribed" | "goal", number>
  >;
  readonly machines: Readonly<Record<"opened" | "clicked", number>>;
}

/** Of one step; counts only where it sends. */
export interface Report extends Partial<Counts> {
  readonly step: string;
  readonly kind: string;
  readonly waiting: number;
  readonly variants?: readonly (Counts & { readonly variant: string; readonly template: string })[];
}

/** How many stand at a step, and what its mails came to. */
export function StepCounts({ report, most }: { readonly report: Report; readonly most: number }) {
  return (
    <>
      {report.waiting > 0 && <span class="chip warm here">{report.waiting} here now</span>}
      {hasCounts(report) && report.variants === undefined && <Funnel counts={report} most={most} />}
      {report.variants?.map((variant) => (
        <div class="variant">
          <p>
            {variant.variant} <span class="quiet">{variant.template}</span>
          </p>
          <Funnel counts={variant} most={most} />
        </div>
      ))}
    </>
  );
}

function hasCounts(report: Report): report is Report & Counts {
  return report.sent !== undefined;
}

/** Sent, opened, clicked, replied: people as bars, machines beside them. */
function Funnel({ counts, most }: { readonly counts: Counts; readonly most: number }) {
  const { sent, people, machines } = counts;
  const percent = (count: number) => `${Math.min(100, Math.round((count / most) * 1000) / 10)}%`;
  const touched = machines.opened + machines.clicked > 0;
  const rows = [
    { name: "Sent", count: sent, machine: 0 },
    { name: "Opened", count: people.opened, machine: machines.opened },
    { name: "Clicked", count: people.clicked, machine: machines.clicked },
    { name: "Replied", count: people.replied, machine: 0 },
    { name: "Goal after it", count: people.goal, machine: 0 },
    { name: "Unsubscribed", count: people.unsubscribed, machine: 0 },
    { name: "Bounced", count: people.bounced, machine: 0 },
  ].filter(
    ({ name, count, machine }) =>
      ["Sent", "Opened", "Clicked", "Replied"].includes(name) || count + machine > 0,
  );
  return (
    <table class="funnel">
      <colgroup>
        <col class="name" />
        <col />
        <col class="num" />
        <col class="num" />
        {touched && <col class="num" />}
      </colgroup>
      <thead class="hidden">
        <tr>
          <th scope="col">What</th>
          <th scope="col">Drawn</th>
          <th scope="col">People</th>
          <th scope="col">Of those sent</th>
          {touched && <th scope="col">Machines</th>}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, count, machine }) => (
          <tr>
            <th scope="row">{name}</th>
            <td class="drawn">
              <svg width="100%" height="8" aria-hidden="true">
                <rect class="track" width="100%" height="8" rx="2" />
                <rect class="machines" width={percent(count + machine)} height="8" rx="2" />
                <rect class="people" width={percent(count)} height="8" rx="2" />
              </svg>
            </td>
            <td class="num">{count}</td>
            <td class="num quiet">{name !== "Sent" && sent > 0 ? shownShare(count, sent) : ""}</td>
            {touched && <td class="num quiet">{machine > 0 ? `+${machine}` : ""}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
