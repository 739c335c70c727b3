import { reviewThreshold } from "../../insights/threshold-review.ts";
import { readBacktest } from "../../planning/kept-backtest.store.ts";
import type { Asked, Show } from "./deps.ts";
import type { Page } from "./layout.tsx";
import type { Reviews } from "./reviews.run.ts";
import { NoModel, ScoringPage } from "./scoring-page.tsx";

/** `GET /scoring?model=default`: whether a model's threshold is right, by what became of the leads. */
export function scoringPage(reviews: Reviews): Show {
  return async ({ c, deps: { spine }, frame }: Asked): Promise<Page> => {
    const { models } = spine.programme();
    const model = models.find(({ name }) => name === c.req.query("model")) ?? models[0];
    if (!model) return { title: "Scoring", place: "Scoring", content: <NoModel /> };
    const counted = await reviews.of(model);
    const last = await readBacktest(spine.db.kysely, model.name);
    return {
      title: "Scoring",
      place: "Scoring",
      content: (
        <ScoringPage
          model={model}
          models={models}
          counted={"curve" in counted ? { ...counted, review: reviewThreshold(counted.curve, 0) } : counted}
          last={last}
          times={frame.times}
          path={frame.path}
        />
      ),
    };
  };
}
