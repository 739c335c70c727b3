import { basename } from "node:path";
import { openBadRows, type BadRows } from "./import-bad.io.ts";
import { Plan, type PlannedColumn, type Targets } from "./import-columns.ts";
import { eventTargets, keyOf } from "./import-events.ts";
import { LastLines } from "./import-last-lines.ts";
import { IMPORTED, leadTargets } from "./import-leads.ts";
import { fileError } from "./import-lines.io.ts";
import { nameColumns, suppressionTargets } from "./import-suppressions.io.ts";
import { openTable, type Row, type Table } from "./import-table.io.ts";
import { RowError } from "./import-values.ts";
import { writeEvents, writeLeads, type Entrance } from "./import-write.run.ts";
import type { Spine } from "./spine.ts";
import { countUnlisted, suppressEmails } from "./suppress.run.ts";

export interface ImportOptions {
  readonly file: string;
  /** Suppressions: addresses that get no mail. */
  readonly kind: "leads" | "events" | "suppressions";
  /** Column → target (import-columns.ts). */
  readonly map: ReadonlyMap<string, string>;
  readonly live: boolean;
  readonly dryRun: boolean;
  /** Where bad rows go; null: `<file>.bad.csv`, and nowhere in a dry run. */
  readonly bad: string | null;
  /** Why addresses are suppressed, where their row does not say. */
  readonly reason?: string;
}

export interface ImportCounts {
  /** Rows read so far, blank lines not among them. */
  readonly rows: number;
  /** Leads (or suppressions) that are new. */
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Events that went in; duplicates are among `unchanged`. */
  readonly recorded: number;
  readonly bad: number;
}

export interface ImportReport extends ImportCounts {
  readonly columns: readonly PlannedColumn[];
  /** null: there was nothing to write, or nowhere. */
  readonly badFile: string | null;
  /** The first few bad rows. */
  readonly problems: readonly { readonly line: number; readonly reason: string }[];
}

/** Hears how far it is. */
export interface ImportListener {
  /** While the file is read for the first time. */
  reading?(rows: number): void;
  /** Once, before anything goes in. */
  plan?(columns: readonly PlannedColumn[]): void;
  progress?(counts: ImportCounts, total: number): void;
}

const ROWS_AT_ONCE = 400;
const MOST_PROBLEMS = 20;

/**
 * Reads the file twice, so that nothing goes in where it can't be used as a whole: once to check every row, once to
 * write the good ones, some hundred a transaction. Of several rows of one lead the last counts. The same file again
 * changes nothing, also after it was cut off half-way. Throws InputError.
 */
export async function importFile(
  spine: Spine,
  options: ImportOptions,
  listener: ImportListener = {},
): Promise<ImportReport> {
  switch (options.kind) {
    case "leads":
      return importLeads(spine, options, listener);
    case "events":
      return importEvents(spine, options, listener);
    case "suppressions":
      return importSuppressions(spine, options, listener);
    default:
      throw new Error(`unknown kind: ${String(options.kind satisfies never)}`);
  }
}

async function importLeads(spine: Spine, options: ImportOptions, listener: ImportListener) {
  const table = await openTable(options.file);
  const last = new LastLines();
  const targets = leadTargets(spine.programme(), spine.clock.now());
  const reading = await readFirst(table, targets, options, listener, (draft) =>
    last.set(draft.email, draft.line),
  );
  const entrance = entranceOf(options);
  return writeRows(reading, options, listener, {
    write: (batch) =>
      writeLeads(
        spine,
        batch.map(({ draft }) => draft),
        entrance,
      ),
    refuse(draft) {
      const line = last.get(draft.email);
      return line === draft.line ? null : `${draft.email} is on line ${line} again, which counts`;
    },
  });
}

async function importEvents(spine: Spine, options: ImportOptions, listener: ImportListener) {
  const table = await openTable(options.file);
  const reading = await readFirst(table, eventTargets(spine.clock.now()), options, listener);
  const entrance = entranceOf(options);
  return writeRows(reading, options, listener, {
    async write(batch) {
      const keyed = batch.map(({ row, draft }) => ({ key: keyOf(draft, row.cells), draft }));
      const { recorded, duplicates, created } = await writeEvents(spine, keyed, entrance);
      return { recorded, created, unchanged: duplicates };
    },
  });
}

async function importSuppressions(spine: Spine, options: ImportOptions, listener: ImportListener) {
  const table = nameColumns(await openTable(options.file));
  const reading = await readFirst(table, suppressionTargets, options, listener);
  return writeRows(reading, options, listener, {
    async write(batch) {
      const entries = batch.map(({ draft }) => ({
        email: draft.email,
        reason: draft.reason ?? options.reason ?? IMPORTED,
      }));
      const emails = entries.map(({ email }) => email);
      const created = options.dryRun
        ? await countUnlisted(spine, emails)
        : await suppressEmails(spine, entries, "import");
      return { created, unchanged: entries.length - created };
    },
  });
}

function entranceOf({ live, dryRun, file }: ImportOptions): Entrance {
  return { live, dryRun, source: `import of ${basename(file)}`, seen: new LastLines() };
}

/** What the first pass over the file found. */
interface Reading<Draft> {
  readonly table: Table;
  readonly plan: Plan;
  readonly targets: Targets<Draft>;
  readonly rows: number;
  readonly bad: number;
}

async function readFirst<Draft>(
  table: Table,
  targets: Targets<Draft>,
  { map, kind }: ImportOptions,
  listener: ImportListener,
  heed: (draft: Draft) => boolean = () => true,
): Promise<Reading<Draft>> {
  const plan = new Plan(map, targets);
  plan.extend(table.columns);
  if (table.format === "csv") checkPlan(plan, table, kind);
  let rows = 0;
  let bad = 0;
  for await (const row of table.rows()) {
    plan.extend(table.columns);
    if (++rows % 1000 === 0) listener.reading?.(rows);
    const draft = draftOf(row, plan, targets);
    // An email that is there twice makes the first of its rows a bad one.
    if (typeof draft === "string" || !heed(draft)) bad++;
  }
  if (rows > 0 || table.format === "csv") checkPlan(plan, table, kind);
  return { table, plan, targets, rows, bad };
}

function checkPlan(plan: Plan, { file, columns }: Table, kind: ImportOptions["kind"]): void {
  plan.refuseUnknown();
  const names = columns.length === 0 ? "" : `: there is ${columns.slice(0, 12).join(", ")}`;
  for (const target of kind === "events" ? ["email", "type", "at"] : ["email"]) {
    if (!plan.has(target))
      throw fileError(file, 1, `no column is "${target}"${names}`, `name it with --map "COLUMN=${target}"`);
  }
  const ignored = plan.columns.filter(({ to }) => to === null).map(({ column }) => column);
  if (kind === "leads" && ignored.includes("type") && columns.includes("at"))
    throw fileError(file, null, "looks like events, not leads", 'say --events, or --map "type=ignore"');
}

/** What the row says, or what is wrong with it. */
function draftOf<Draft>(row: Row, { columns }: Plan, targets: Targets<Draft>): Draft | string {
  if (row.problem !== null) return row.problem;
  const draft = targets.begin(row.line);
  try {
    row.values.forEach((value, index) => {
      const to = columns[index]!.to;
      if (to !== null) targets.take(draft, to, value);
    });
    targets.finish(draft);
    return draft;
  } catch (error) {
    if (error instanceof RowError) return error.message;
    throw error;
  }
}

interface Good<Draft> {
  readonly row: Row;
  readonly draft: Draft;
}

interface Destination<Draft> {
  /** Says what a batch came to. */
  write(batch: readonly Good<Draft>[]): Promise<Partial<ImportCounts>>;
  /** Why a good row still must not go in. */
  refuse?(draft: Draft): string | null;
}

/** The second pass. */
async function writeRows<Draft>(
  { table, plan, targets, rows: total, bad }: Reading<Draft>,
  options: ImportOptions,
  listener: ImportListener,
  destination: Destination<Draft>,
): Promise<ImportReport> {
  listener.plan?.(plan.columns);
  const badFile = bad === 0 ? null : (options.bad ?? (options.dryRun ? null : `${options.file}.bad.csv`));
  const badRows: BadRows | null = badFile === null ? null : await openBadRows(badFile, table);
  const counts = { rows: 0, created: 0, changed: 0, unchanged: 0, recorded: 0, bad: 0 };
  const problems: { line: number; reason: string }[] = [];
  let batch: Good<Draft>[] = [];
  const flush = async () => {
    const done = batch.length === 0 ? {} : await destination.write(batch);
    batch = [];
    for (const [name, count] of Object.entries(done)) counts[name as keyof ImportCounts] += count;
    listener.progress?.({ ...counts }, total);
  };
  try {
    for await (const row of table.rows()) {
      counts.rows++;
      const draft = draftOf(row, plan, targets);
      const reason = typeof draft === "string" ? draft : (destination.refuse?.(draft) ?? null);
      if (reason === null) batch.push({ row, draft: draft as Draft });
      else {
        counts.bad++;
        if (problems.length < MOST_PROBLEMS) problems.push({ line: row.line, reason });
        await badRows?.add(row.line, reason, row.cells);
      }
      if (batch.length >= ROWS_AT_ONCE) await flush();
    }
    await flush();
  } finally {
    await badRows?.close();
  }
  return { ...counts, columns: plan.columns, badFile, problems };
}
