import { STAGES } from "../../leads/lead.ts";
import type { Programme } from "../../programme/programme.ts";
import { capital } from "../../reps/notice.ts";
import { shownShare } from "../../reps/words.ts";
import { ConditionBox, type AskedCondition } from "./condition-box.tsx";
import type { Group, LeadFilter } from "./leads.store.ts";
import { withQuery } from "./links.ts";
import { LeadTable, stageWords, type LeadTableProps } from "./lead-table.tsx";
import { Shares } from "./temperature.tsx";
import { Welcome } from "./welcome.tsx";

/** What the address line of the list asks for. */
export interface LeadQuery extends LeadFilter {
  readonly temperature: Group | null;
  readonly condition: AskedCondition | null;
  /** As it stands in the address line; null: from the beginning. */
  readonly after: string | null;
}

export interface LeadsPageProps extends LeadTableProps {
  readonly query: LeadQuery;
  readonly baseUrl: string;
  /** The address-line form of `list.next`. */
  readonly next: string | null;
}

/** Leads by temperature: how many, and a list to filter. */
export function LeadsPage(props: LeadsPageProps) {
  const { list, query, model, programme } = props;
  const all = Object.values(list.counts).reduce((sum, count) => sum + count, 0);
  if (all === 0) return query.seenBy === undefined ? <Welcome baseUrl={props.baseUrl} /> : <NoneYet />;
  return (
    <>
      <div class="title">
        <h1>Leads</h1>
        <ModelChoice query={query} programme={programme} />
      </div>
      <Temperatures list={list} query={query} />
      <Filters query={query} programme={programme} />
      {list.leads.length > 0 ? (
        <LeadTable {...props} model={model} />
      ) : (
        !list.cutShort && (
          <div class="empty">
            <p>
              {isWrong(query)
                ? "No lead is shown until the condition is right."
                : "No lead fits these filters."}
            </p>
            <p>
              <a href="/">Show all {all}</a>
            </p>
          </div>
        )
      )}
      {list.cutShort && <p class="quiet">Many leads were looked at so far; there may be more that fit.</p>}
      <Pager
        first={query.after === null ? null : address({ ...query, after: null })}
        next={props.next === null ? null : address({ ...query, after: props.next })}
        nextWords={list.cutShort ? "Look on" : "Next page"}
      />
    </>
  );
}

/** For a rep. */
function NoneYet() {
  return (
    <div class="empty">
      <h1>No lead is yours yet</h1>
      <p>You are told by mail when one is. Those that you own, or are to answer for, show here.</p>
    </div>
  );
}

interface PagerProps {
  readonly first: string | null;
  readonly next: string | null;
  readonly nextWords?: string;
}

export function Pager({ first, next, nextWords = "Next page" }: PagerProps) {
  return (
    <nav class="pager" aria-label="Pages">
      {first !== null && <a href={first}>← First page</a>}
      {next !== null && (
        <a class="next" rel="next" href={next}>
          {nextWords} →
        </a>
      )}
    </nav>
  );
}

function isWrong({ condition }: LeadQuery): boolean {
  return condition !== null && "problems" in condition.read;
}

function address({ model, temperature, segment, stage, owner, q, condition, after }: LeadQuery): string {
  return withQuery("/", {
    model: model === "default" ? null : model,
    temperature,
    segment,
    stage,
    owner,
    q,
    where: condition?.text,
    after,
  });
}

function ModelChoice({ query, programme }: { readonly query: LeadQuery; readonly programme: Programme }) {
  if (programme.models.length < 2) return null;
  return (
    <nav class="tabs" aria-label="Scoring model">
      {programme.models.map(({ name, title }) => (
        <a
          href={address({ ...query, model: name, after: null })}
          aria-current={name === query.model ? "true" : undefined}
        >
          {title}
        </a>
      ))}
    </nav>
  );
}

const MEANING: Readonly<Record<Group, string>> = {
  hot: "Ready to talk",
  warm: "Getting interested",
  cold: "Not yet",
  unscored: "No model takes them",
};

function Temperatures({ list: { counts }, query }: Pick<LeadsPageProps, "list" | "query">) {
  const groups = (["hot", "warm", "cold", "unscored"] as const).filter(
    (group) => group !== "unscored" || counts.unscored > 0,
  );
  const all = groups.reduce((sum, group) => sum + counts[group], 0);
  return (
    <nav class="heats" aria-label="Temperature">
      <Shares parts={groups.map((group) => ({ name: group, count: counts[group] }))} />
      <ul>
        {groups.map((group) => {
          const chosen = query.temperature === group;
          const to = address({ ...query, temperature: chosen ? null : group, after: null });
          return (
            <li>
              <a class={`heat ${group}`} href={to} aria-current={chosen ? "true" : undefined}>
                <span class="name">{group === "unscored" ? "Not scored" : capital(group)}</span>
                <span class="number">{counts[group]}</span>
                <span class="quiet">
                  <span class="meaning">{MEANING[group]} · </span>
                  {shownShare(counts[group], all)}
                </span>
              </a>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

function Filters({ query, programme }: { readonly query: LeadQuery; readonly programme: Programme }) {
  const { temperature, segment, stage, owner, q, condition } = query;
  const filtered = [temperature, segment, stage, owner, q, condition].some(Boolean);
  return (
    <form class="filters" method="get" action="/" role="search" aria-label="Leads">
      {query.temperature && <input type="hidden" name="temperature" value={query.temperature} />}
      {query.model !== "default" && <input type="hidden" name="model" value={query.model} />}
      <label class="grow">
        <span>Search</span>
        <input
          type="search"
          name="q"
          value={query.q ?? ""}
          placeholder="Name, company, address"
          maxlength={200}
        />
      </label>
      <Choice
        name="segment"
        label="Segment"
        chosen={query.segment}
        options={programme.segments.map(({ name, title }) => ({ value: name, words: title }))}
      />
      <Choice
        name="stage"
        label="Stage"
        chosen={query.stage}
        options={STAGES.map((stage) => ({ value: stage, words: stageWords(stage) }))}
      />
      {query.seenBy === undefined && (
        <Choice
          name="owner"
          label="Owner"
          chosen={query.owner}
          options={programme.reps.reps.map(({ rep, name }) => ({ value: rep, words: name }))}
        />
      )}
      <div class="actions">
        <button type="submit">Filter</button>
        {filtered && (
          <a href={withQuery("/", { model: query.model === "default" ? null : query.model })}>Clear</a>
        )}
      </div>
      <ConditionBox asked={query.condition} />
    </form>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  readonly chosen: string | undefined;
  readonly options: readonly { readonly value: string; readonly words: string }[];
}

function Choice({ name, label, chosen, options }: ChoiceProps) {
  if (options.length === 0) return null;
  return (
    <label>
      <span>{label}</span>
      <select name={name}>
        <option value="">Any</option>
        {options.map(({ value, words }) => (
          <option value={value} selected={value === chosen}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
