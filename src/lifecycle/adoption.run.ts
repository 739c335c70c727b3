import { adoptionOf } from "./adoption.store.ts";
import { adoptProgramme } from "./advance.run.ts";
import type { Spine } from "./spine.ts";

/** A line of the log: what, and its numbers. */
export type Tell = (message: string, details: Readonly<Record<string, unknown>>) => void;

/** As many lines on the way as there are tenths of it, and none for fewer leads than this between two. */
const LEADS_A_LINE = 1000;

/** Takes all leads over to the live programme and tells how far it is; says how many it took. */
export async function adoptAll(spine: Spine, tell: Tell, stopping?: AbortSignal): Promise<number> {
  const { taken, total } = await adoptionOf(spine.db.kysely, spine.programme().hash);
  if (taken === total) return 0;
  let now = taken;
  let told = taken;
  const line = () => tell("leads are taken over to the applied version", { taken: (told = now), total });
  const count = await adoptProgramme(
    spine,
    (more) => {
      now += more;
      if (now - told >= Math.max(LEADS_A_LINE, total / 10)) line();
    },
    stopping,
  );
  if (now !== told) line();
  return count;
}
