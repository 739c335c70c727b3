import { driftWords } from "../../insights/lead-words.ts";
import type { Programme } from "../../programme/programme.ts";
import { capital, who } from "../../reps/notice.ts";
import type { Model } from "../../scoring/model.ts";
import { When } from "./layout.tsx";
import type { LeadList, ListedLead } from "./leads.run.ts";
import { leadPath } from "./links.ts";
import { HeatChip, Meter } from "./temperature.tsx";
import type { Times } from "./times.ts";

export interface LeadTableProps {
  readonly list: LeadList;
  readonly model: Model | null;
  readonly programme: Programme;
  readonly times: Times;
}

/** `MQL`, `Customer`. */
export function stageWords(stage: string): string {
  return stage === "mql" ? "MQL" : capital(stage);
}

/** Leads with their scores, what they did last and what comes next by itself. */
export function LeadTable({ list, model, programme, times }: LeadTableProps) {
  const repName = (rep: string) => programme.reps.reps.find((one) => one.rep === rep)?.name ?? rep;
  return (
    <table class="list leads">
      <thead>
        <tr>
          <th scope="col">Lead</th>
          <th scope="col">Score</th>
          <th scope="col">Last act</th>
          <th scope="col">Next</th>
          <th scope="col">Stage</th>
          <th scope="col">Owner</th>
        </tr>
      </thead>
      <tbody>
        {list.leads.map((listed) => (
          <tr>
            <th scope="row">
              <Person listed={listed} />
            </th>
            <td class="score">
              <HeatChip heat={listed.standing?.temperature ?? null} total={listed.standing?.total} />
              {model && listed.standing && (
                <Meter model={model} heat={listed.standing.temperature} total={listed.standing.total} />
              )}
            </td>
            <td class="act">
              {listed.lastAct ? (
                <>
                  {capital(listed.lastAct.words)}{" "}
                  <span class="quiet">
                    <When at={listed.lastAct.at} times={times} as="span" />
                  </span>
                </>
              ) : (
                <span class="quiet">Nothing yet</span>
              )}
            </td>
            <td class="next">
              <NextUp listed={listed} times={times} />
            </td>
            <td class="stagecell">
              <span class="stage">{stageWords(listed.lead.stage)}</span>
            </td>
            <td class="owner">
              {listed.lead.owner ? repName(listed.lead.owner) : <span class="quiet">Nobody</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Person({ listed: { lead } }: { readonly listed: ListedLead }) {
  const { name, role } = who({ lead });
  return (
    <>
      <a href={leadPath(lead.email)}>{name}</a>
      <span class="quiet">{role || (name === lead.email ? "" : lead.email)}</span>
    </>
  );
}

function NextUp({
  listed: { lead, standing },
  times,
}: {
  readonly listed: ListedLead;
  readonly times: Times;
}) {
  if (lead.suppressed !== null) return <span class="quiet">Gets no mail: {lead.suppressed}</span>;
  if (!standing?.next) return <span class="quiet">–</span>;
  return (
    <>
      {capital(driftWords(standing.temperature, standing.next.temperature))}{" "}
      <span class="quiet">
        <When at={standing.next.at} times={times} as="span" />
      </span>
    </>
  );
}
