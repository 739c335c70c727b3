import type { Condition } from "../conditions/condition.ts";
import type { Facts } from "../conditions/evaluate.ts";
import type { Event } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import { totalAt } from "../scoring/fold.ts";
import type { Enrolment } from "../sequences/enrolment.ts";
import type { Life } from "./life.ts";
import { settledScores } from "./settled.ts";
import { testOf } from "./wiring.ts";

interface View {
  /** Count what happened after this instant only. */
  readonly since?: Instant;
  /** Count what happened before this instant only. */
  readonly before?: Instant;
  /** The enrolment whose steps `clicked: STEP` means. */
  readonly enrolment?: Enrolment;
  /** The event at hand, for its properties. */
  readonly event?: Event;
  /** Count opens and clicks whose settling time is not over, too. */
  readonly unsettled?: boolean;
}

/**
 * What conditions of sequences, segments and notices see of a lead at `life.now`: what has settled, and the
 * temperatures that were last reacted to.
 */
export function factsOf(life: Life, view: View = {}): Facts {
  const { state, programme } = life;
  const settled = life.now - programme.settings.tracking.settle;
  const lateCrossing = (key: string) => {
    const crossing = view.before === undefined ? undefined : state.crossed[key];
    return crossing && crossing.at >= view.before! ? crossing : undefined;
  };
  return {
    now: life.now,
    attribute: (name) => (name === "email" ? life.lead.email : life.lead.attributes[name]),
    property: (name) => view.event?.properties[name],
    temperature(model) {
      const late = lateCrossing(model);
      if (late) return late.from;
      return (view.unsettled ? state.models : state.acted)[model]?.temperature ?? null;
    },
    reached(mark, model) {
      const late = lateCrossing(`${model}/${mark}`);
      if (late) return late.from === "reached";
      const marks = view.unsettled ? state.models[model]?.reached : state.acted[model]?.marks;
      return marks?.includes(mark) ?? false;
    },
    total(name) {
      const model = life.wiring.models.get(name);
      const score = settledScores(life)[name];
      if (!model || !score || score.temperature === null) return null;
      return totalAt(model, score, life.lead.attributes, life.now).total;
    },
    acts(key) {
      const acts = state.acts[key] ?? [];
      const waits = life.wiring.keys.get(key)?.settles === true && view.unsettled !== true;
      if (!waits && view.since === undefined && view.before === undefined) return acts;
      return acts.filter(
        (at) =>
          !(waits && at > settled) &&
          !(at <= (view.since ?? -Infinity)) &&
          !(at >= (view.before ?? Infinity)),
      );
    },
    step(id, what) {
      if (!view.enrolment) return false;
      for (const message of life.messages.values()) {
        if (message.enrolment !== view.enrolment.id || message.step !== id) continue;
        const at = { clicked: message.clickedAt, opened: message.openedAt, replied: message.repliedAt }[what];
        if (at === null || at >= (view.before ?? Infinity)) return false;
        return what === "replied" || view.unsettled === true || at <= settled;
      }
      return false;
    },
    inSegment(name) {
      const { before } = view;
      const late =
        before !== undefined &&
        life.changes.segments.find(({ segment, at }) => segment === name && at >= before);
      return late ? !late.joined : state.segments.includes(name);
    },
    stage: life.lead.stage,
    owner: life.lead.owner,
  };
}

export function holds(life: Life, condition: Condition, view: View = {}): boolean {
  return testOf(condition)(factsOf(life, view));
}
