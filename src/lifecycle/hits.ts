import { isCounted, type Verdict } from "../events/event.ts";
import { addHit, judge, type Hit } from "../events/verdict.ts";
import type { Instant } from "../instant.ts";
import type { Call, EventInput } from "../events/input.ts";
import { changeMessage, type Life } from "./life.ts";

/** Whom each open or click of this batch is from, once all of them are seen together. */
export interface Verdicts {
  /** The place in the log and the verdict that each input will have. */
  readonly inputs: ReadonlyMap<
    EventInput,
    { readonly seq: number; readonly verdict: Verdict; readonly reason: string | null }
  >;
  /** Earlier hits that are now seen as another's, by place; the log changes, and what counts may change. */
  readonly flipped: ReadonlyMap<
    number,
    { readonly at: Instant; readonly verdict: Verdict; readonly reason: string | null }
  >;
  readonly countsChange: boolean;
}

export const NO_VERDICTS: Verdicts = { inputs: new Map(), flipped: new Map(), countsChange: false };

/** Adds the batch's hits to their messages and judges each message's hits again as a whole. */
export function judgeHits(life: Life, calls: readonly Call[]): Verdicts {
  const inputs = new Map<EventInput, { seq: number; verdict: Verdict; reason: string | null }>();
  const flipped = new Map<number, { at: Instant; verdict: Verdict; reason: string | null }>();
  const bySeq = new Map<number, EventInput>();
  const touched = new Set<number>();
  for (const call of calls) {
    for (const input of call.inputs) {
      if (input.kind !== "event" || input.hit === null || input.message === null) continue;
      const message = life.messages.get(input.message);
      if (!message) continue;
      const seq = life.ids.event();
      bySeq.set(seq, input);
      const hit: Hit = {
        seq,
        at: Math.max(input.at ?? call.at, life.state.at),
        kind: input.hit.kind,
        link: input.hit.link,
        from: input.hit.from,
        first: input.verdict,
        firstReason: input.verdictReason,
        verdict: input.verdict,
      };
      inputs.set(input, { seq, verdict: input.verdict, reason: input.verdictReason });
      changeMessage(life, message.id, { hits: addHit(message.hits, hit) });
      touched.add(message.id);
    }
  }
  let countsChange = false;
  for (const id of touched) {
    const { hits } = life.messages.get(id)!;
    const judged = judge(hits);
    const list = hits.list.map((hit, index): Hit => {
      const { verdict, reason } = judged[index]!;
      const input = bySeq.get(hit.seq);
      if (input) inputs.set(input, { seq: hit.seq, verdict, reason });
      else if (verdict !== hit.verdict) {
        flipped.set(hit.seq, { at: hit.at, verdict, reason });
        if (isCounted({ verdict }) !== isCounted(hit)) countsChange = true;
      }
      return verdict === hit.verdict ? hit : { ...hit, verdict };
    });
    changeMessage(life, id, { hits: { ...hits, list } });
  }
  return inputs.size === 0 ? NO_VERDICTS : { inputs, flipped, countsChange };
}
