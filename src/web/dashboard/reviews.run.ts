import { setImmediate } from "node:timers/promises";
import { MINUTE, type Instant } from "../../instant.ts";
import type { Spine } from "../../lifecycle/spine.ts";
import { backtest } from "../../planning/backtest.run.ts";
import { countLeads } from "../../planning/backtest.store.ts";
import type { Curve } from "../../planning/backtest.ts";
import type { Model } from "../../scoring/model.ts";

/** How a live model did over all history, or how far it has been counted. */
export type Counted =
  | { readonly curve: Curve; readonly at: Instant }
  | { readonly leads: number; readonly read: number };

/** Counts live models over history: at once where there are few leads, else in the background, and keeps that a while. */
export interface Reviews {
  of(model: Model): Promise<Counted>;
}

/** So many leads are counted while somebody waits. */
const AT_ONCE = 2000;
/** Each chunk holds up whatever else this process does. */
const CHUNK = 50;
const KEPT = 10 * MINUTE;

interface Count {
  /** Another programme has other reps, too. */
  readonly programme: string;
  readonly leads: number;
  read: number;
  done: { readonly curve: Curve; readonly at: Instant } | null;
}

export function openReviews(spine: Spine): Reviews {
  const counts = new Map<string, Count>();

  const begin = async (model: Model, leads: number): Promise<Count> => {
    const count: Count = { programme: spine.programme().hash, leads, read: 0, done: null };
    counts.set(model.name, count);
    const counting = run(spine, model, count).catch((error: unknown) => {
      counts.delete(model.name);
      if (leads <= AT_ONCE) throw error;
      spine.warn("a model can't be counted over history", { model: model.name, error: String(error) });
    });
    if (leads <= AT_ONCE) await counting;
    return count;
  };

  return {
    async of(model) {
      const leads = await countLeads(spine.db.kysely);
      const known = counts.get(model.name);
      const fresh =
        known !== undefined &&
        known.programme === spine.programme().hash &&
        (known.done === null || (leads > AT_ONCE && spine.clock.now() - known.done.at < KEPT));
      const { done, read } = fresh ? known : await begin(model, leads);
      return done ?? { leads, read };
    },
  };
}

async function run(spine: Spine, model: Model, count: Count): Promise<void> {
  const { reps, settings } = spine.programme();
  const at = spine.clock.now();
  const question = {
    models: [model],
    outcome: "deal.won",
    from: null,
    until: at,
    reps,
    company: settings.company,
  };
  const { notified: _people, ...curve } = await backtest(spine.db.kysely, question, {
    chunk: CHUNK,
    read: (read) => {
      count.read = read;
      return setImmediate();
    },
  });
  count.done = { curve, at };
}
