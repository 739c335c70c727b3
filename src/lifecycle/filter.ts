import type { Condition, DidCondition, ScoreBounds } from "../conditions/condition.ts";
import { compileCondition, didKey, didsOf, type Facts, type Test } from "../conditions/evaluate.ts";
import { eachPlacedForm } from "../conditions/references.ts";
import { isCounted, type LoggedEvent } from "../events/event.ts";
import { parseDuration, type Duration, type Instant } from "../instant.ts";
import type { Attributes, Lead } from "../leads/lead.ts";
import type { Programme } from "../programme/programme.ts";
import { totalAt } from "../scoring/fold.ts";
import { attributesAfter } from "./attributes.ts";
import type { LeadState } from "./state.ts";

/** A condition that is asked of many leads at one instant, read once. */
export interface Filter {
  readonly condition: Condition;
  readonly test: Test;
  readonly dids: readonly Did[];
  /** How far back the dids look; null: the whole log. */
  readonly reach: Duration | null;
  /** A `did … where` asks for attributes: as they were at its events, so that their changes are needed. */
  readonly followsAttributes: boolean;
}

interface Did {
  readonly key: string;
  readonly type: string;
  readonly where: Test | null;
}

/** One of whom the filter is asked: lived up to the instant of the question under the live programme. */
export interface Candidate {
  readonly lead: Lead;
  /** JSON of LeadState; null where nothing has been lived yet. */
  readonly state: string | null;
  /** Of the log, in order: the events of the dids and, with `followsAttributes`, those that change attributes. */
  readonly log: readonly LoggedEvent[];
}

export function compileFilter(condition: Condition): Filter {
  const dids = didsOf(condition);
  let followsAttributes = false;
  for (const { where } of dids)
    if (where) eachPlacedForm(where, [], (form) => (followsAttributes ||= "attribute" in form));
  return {
    condition,
    test: compileCondition(condition),
    dids: [...new Map(dids.map((did) => [didKey(did), didOf(did)])).values()],
    reach: dids.some(({ within }) => within === undefined)
      ? null
      : Math.max(0, ...dids.map(({ within }) => parseDuration(within!)!)),
    followsAttributes,
  };
}

function didOf(did: DidCondition): Did {
  return { key: didKey(did), type: did.did, where: did.where ? compileCondition(did.where) : null };
}

/** Whether the filter's condition holds for a lead at `now`: by what is, also opens and clicks that still settle. */
export function fits(
  { test, dids }: Filter,
  { lead, state, log }: Candidate,
  programme: Programme,
  now: Instant,
): boolean {
  let parsed: LeadState | null | undefined;
  const lived = () => (parsed ??= state === null ? null : (JSON.parse(state) as LeadState));
  const facts: Facts = {
    now,
    attribute: (name) => (name === "email" ? lead.email : lead.attributes[name]),
    property: () => undefined,
    temperature: (model) => lived()?.models[model]?.temperature ?? null,
    reached: (mark, model) => lived()?.models[model]?.reached.includes(mark) ?? false,
    total(name) {
      const score = lived()?.models[name];
      const model = programme.models.find((one) => one.name === name);
      if (!model || !score || score.temperature === null) return null;
      // An event may lie some minutes ahead: before it the score is not known from here.
      return totalAt(model, score, lead.attributes, Math.max(now, score.at ?? now)).total;
    },
    acts: (key) => acts.get(key) ?? [],
    step: () => false,
    inSegment: (name) => lived()?.segments.includes(name) ?? false,
    stage: lead.stage,
    owner: lead.owner,
  };
  const acts = actsIn(log, dids, facts);
  return test(facts);
}

const NO_ACTS: ReadonlyMap<string, Instant[]> = new Map();

/** For each did the instants of its counted events up to now. */
function actsIn(
  log: readonly LoggedEvent[],
  dids: readonly Did[],
  facts: Facts,
): ReadonlyMap<string, readonly Instant[]> {
  if (log.length === 0) return NO_ACTS;
  const acts = new Map<string, Instant[]>(dids.map(({ key }) => [key, []]));
  const created = log.find(({ type }) => type === "lead.created");
  const birth = created?.seq;
  let attributes = firstOf(created);
  let event = log[0]!;
  const then: Facts = {
    ...facts,
    attribute: (name) => (name === "email" ? facts.attribute(name) : attributes[name]),
    property: (name) => event.properties[name],
  };
  for (event of log) {
    attributes = attributesAfter(attributes, event, birth);
    if (!isCounted(event) || event.at > facts.now) continue;
    for (const { key, type, where } of dids) {
      if (type === event.type && (where === null || where(then))) acts.get(key)!.push(event.at);
    }
  }
  return acts;
}

/** The first attributes hold from the lead's beginning, also where an event came before `lead.created`. */
function firstOf(created: LoggedEvent | undefined): Attributes {
  const first = created?.properties["attributes"];
  return typeof first === "object" && first !== null ? ({ ...first } as Attributes) : {};
}

/** The temperatures that a lead with a total within these bounds may have (spec/scoring.md, "Temperature"). */
export function temperaturesOf(programme: Programme, name: string, bounds: ScoreBounds): string[] {
  const model = programme.models.find((one) => one.name === name);
  if (!model) return [];
  const { warm, hot, cooling } = model.thresholds;
  const ranges = { cold: [-Infinity, warm], warm: [warm - cooling, hot], hot: [hot - cooling, Infinity] };
  const { over = -Infinity, from = -Infinity, under = Infinity, to = Infinity } = bounds;
  return Object.entries(ranges)
    .filter(([, [low, high]]) => high! >= Math.max(over, from) && low! <= Math.min(under, to))
    .map(([temperature]) => temperature);
}
