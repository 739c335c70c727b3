import type { Curve } from "../../planning/backtest.ts";

/** The numbers of the curve, for the first of its models. */
export function ThresholdTable({ curve: { thresholds, sides } }: { readonly curve: Curve }) {
  const { columns, thresholds: own, marks } = sides[0]!;
  return (
    <details>
      <summary>The numbers</summary>
      <table class="thresholds">
        <thead>
          <tr>
            <th scope="col">Score</th>
            <th scope="col" class="num">
              Reach it
            </th>
            <th scope="col" class="num">
              Buy
            </th>
            <th scope="col" class="num">
              Precision
            </th>
            <th scope="col" class="num">
              Recall
            </th>
            <th scope="col" class="num">
              Days ahead
            </th>
          </tr>
        </thead>
        <tbody>
          {thresholds.map((at, place) => {
            const { reached, hits, precision, recall, leadDays } = columns[place]!;
            const names = [
              ...(at === own.warm ? ["warm"] : []),
              ...(at === own.hot ? ["hot"] : []),
              ...marks.flatMap((mark) => (mark.at === at ? [mark.name] : [])),
            ];
            return (
              <tr class={at === own.hot ? "hot" : undefined}>
                <th scope="row">
                  {at} <span class="quiet">{names.join(", ")}</span>
                </th>
                <td class="num">{reached.toLocaleString("en")}</td>
                <td class="num">{hits.toLocaleString("en")}</td>
                <td class="num">{percent(precision)}</td>
                <td class="num">{percent(recall)}</td>
                <td class="num">{leadDays === null ? "" : Math.round(leadDays)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </details>
  );
}

function percent(share: number | null): string {
  return share === null ? "" : `${Math.round(share * 100)} %`;
}
