import { readExperiments } from "../../insights/experiments.store.ts";
import { overview, stepReports } from "../api/sequence-report.ts";
import { countEnrolments, countMachines, countMails, countWaiting } from "../api/sequence-report.store.ts";
import type { Asked } from "./deps.ts";
import type { Page } from "./layout.tsx";
import { SequencePage } from "./sequence-page.tsx";
import { SequencesPage } from "./sequences-page.tsx";

/** `GET /sequences`. */
export async function sequencesPage({ deps: { spine } }: Asked): Promise<Page> {
  const found = await countEnrolments(spine.db.kysely);
  const sequences = [...spine.programme().sequences.values()].map((sequence) => ({
    sequence,
    counts: overview(sequence, found),
  }));
  return { title: "Sequences", place: "Sequences", content: <SequencesPage sequences={sequences} /> };
}

/** `GET /sequences/<name>`. */
export async function sequencePage({ c, deps: { spine }, frame }: Asked): Promise<Page | null> {
  const name = c.req.param("name") ?? "";
  const sequence = spine.programme().sequences.get(name);
  if (!sequence) return null;
  const db = spine.db.kysely;
  const waiting = await countWaiting(db, name);
  const mails = await countMails(db, name);
  const steps = stepReports(sequence, waiting, mails, await countMachines(db, name));
  const counts = overview(sequence, await countEnrolments(db, name));
  return {
    title: sequence.title,
    place: "Sequences",
    content: (
      <SequencePage
        sequence={sequence}
        counts={counts}
        steps={steps}
        experiments={await readExperiments(db, spine.programme(), sequence)}
        times={frame.times}
      />
    ),
  };
}
