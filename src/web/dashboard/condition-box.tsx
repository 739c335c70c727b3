import { stringify } from "yaml";
import type { Condition } from "../../conditions/condition.ts";
import { conditionWords } from "../../insights/condition-words.ts";
import { placedMessage, type ReadFilter } from "../../programme/filter.ts";
import { capital } from "../../reps/notice.ts";
import { withQuery } from "./links.ts";

/** What stands in the box, and what it was read as. */
export interface AskedCondition {
  readonly text: string;
  readonly read: ReadFilter;
}

const EXAMPLES = [
  "{ attribute: country, in: [PT, ES] }",
  "{ did: page.viewed, where: { property: path, matches: '/pricing*' }, within: 7d }",
  "{ all: [ { temperature: warm }, { not: { did: email.opened, within: 30d } } ] }",
];

/** A field for a condition, with what is wrong in it or what it means, and examples. Goes into a form of the list. */
export function ConditionBox({ asked }: { readonly asked: AskedCondition | null }) {
  const wrong = asked && "problems" in asked.read ? asked.read.problems : [];
  const doubts = asked && "condition" in asked.read ? asked.read.doubts : [];
  return (
    <div class="condition">
      <label>
        <span>Condition</span>
        <input
          type="text"
          name="where"
          value={asked?.text ?? ""}
          placeholder="{ attribute: country, is: PT }"
          spellcheck={false}
          autocomplete="off"
          aria-invalid={wrong.length > 0 ? "true" : undefined}
          aria-describedby="condition-says"
        />
      </label>
      <div id="condition-says">
        {[...wrong, ...doubts].map((problem) => (
          <p class="wrong">{capital(placedMessage(problem))}</p>
        ))}
        {asked && "condition" in asked.read && (
          <p class="quiet">{capital(conditionWords(asked.read.condition))}.</p>
        )}
      </div>
      <details open={wrong.length > 0}>
        <summary class="quiet">Examples</summary>
        <ul>
          {EXAMPLES.map((text) => (
            <li>
              <a href={withQuery("/", { where: text })}>
                <code>{text}</code>
              </a>
            </li>
          ))}
        </ul>
      </details>
    </div>
  );
}

/** A condition in one line, as the box and `--where` take it. */
export function inOneLine(condition: Condition): string {
  return stringify(condition, { collectionStyle: "flow", lineWidth: 0 }).trim();
}
