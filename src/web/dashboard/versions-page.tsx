import { lineDiff, withContext, type ChangedFile } from "../../programme/changed-files.ts";
import type { Apply } from "../../programme/versions.store.ts";
import { When } from "./layout.tsx";
import { versionPath } from "./links.ts";
import type { Times } from "./times.ts";

/** That a version went live, and how it differs from what was live before; the first one differs from nothing. */
export interface Step {
  readonly apply: Apply;
  readonly before: Apply | null;
  /** In words; null for the first one. */
  readonly changes: readonly string[] | null;
}

/** A file of a version beside what it was before. */
interface FileChange extends ChangedFile {
  readonly then: string;
  readonly now: string;
}

interface VersionsPageProps {
  readonly steps: readonly Step[];
  /** Older ones that are not shown. */
  readonly more: number;
  readonly times: Times;
}

/** What was live when, by whom and why, newest first. */
export function VersionsPage({ steps, more, times }: VersionsPageProps) {
  return (
    <>
      <div class="title">
        <h1>Versions</h1>
        <p class="quiet">What was live when. The files are kept, so that any of them can be live again.</p>
      </div>
      <ol class="versions">
        {steps.map(({ apply, changes }, place) => (
          <li class="panel">
            <h2>
              <a href={versionPath(apply.version)}>{headline(apply)}</a>
              {place === 0 && <span class="chip good">Live</span>}
            </h2>
            <p class="quiet">
              <By apply={apply} /> · <When at={apply.at} times={times} /> ·{" "}
              <code>{short(apply.version)}</code>
            </p>
            {changes === null ? <p>The first one.</p> : <Changes lines={changes} most={5} />}
          </li>
        ))}
      </ol>
      {more > 0 && <p class="quiet">And {more} older ones: kindling versions lists them.</p>}
    </>
  );
}

interface VersionPageProps {
  readonly step: Step;
  readonly live: boolean;
  readonly files: readonly FileChange[];
  readonly paths: readonly string[];
  readonly times: Times;
}

/** One version: who made it live and why, and how its files differ from what was live before. */
export function VersionPage({
  step: { apply, before, changes },
  live,
  files,
  paths,
  times,
}: VersionPageProps) {
  return (
    <>
      <p class="back">
        <a href="/versions">← Versions</a>
      </p>
      <div class="who">
        <h1>{headline(apply)}</h1>
        <p class="chips">
          {live && <span class="chip good">Live</span>}
          <span class="quiet">
            <By apply={apply} /> · <When at={apply.at} times={times} /> · <code>{short(apply.version)}</code>
          </span>
        </p>
      </div>
      {before === null || changes === null ? (
        <p class="panel">The first version: nothing was live before.</p>
      ) : (
        <section class="panel">
          <h2>What changed</h2>
          <Changes lines={changes} />
          <p class="quiet">
            {IN_FLIGHT[apply.inFlight]}
            {apply.enrolExisting.length > 0 &&
              ` Who was there already could enter ${apply.enrolExisting.join(", ")}.`}{" "}
            Before: <a href={versionPath(before.version)}>{short(before.version)}</a>.
          </p>
        </section>
      )}
      {files.map((file) => (
        <Diff file={file} open={files.length <= 6} />
      ))}
      <details class="panel">
        <summary>All {paths.length} files of this version</summary>
        <ul class="paths">
          {paths.map((path) => (
            <li>
              <code>{path}</code>
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}

const IN_FLIGHT: Readonly<Record<Apply["inFlight"], string>> = {
  migrate: "Leads in a sequence that changed went on at the same step.",
  keep: "Leads in a sequence that changed finish the version that they began.",
  exit: "Leads in a sequence that changed left it.",
};

function Changes({ lines, most = Infinity }: { readonly lines: readonly string[]; readonly most?: number }) {
  const shown = lines.length > most ? lines.slice(0, most - 1) : lines;
  return (
    <ul class="changes">
      {shown.map((line) => (
        <li>{`${line[0]!.toUpperCase()}${line.slice(1)}`}</li>
      ))}
      {shown.length < lines.length && <li class="quiet">and {lines.length - shown.length} more</li>}
    </ul>
  );
}

function Diff({ file, open }: { readonly file: FileChange; readonly open: boolean }) {
  const lines = withContext(lineDiff(file.then, file.now));
  return (
    <details class="panel diff" open={open}>
      <summary>
        <code>{file.path}</code> <span class="chip">{file.change}</span>
      </summary>
      <pre tabindex={0}>
        {lines.map((line) =>
          line === null ? (
            <span class="gap">…{"\n"}</span>
          ) : line.sign === "-" ? (
            <del>
              - {line.text}
              {"\n"}
            </del>
          ) : line.sign === "+" ? (
            <ins>
              + {line.text}
              {"\n"}
            </ins>
          ) : (
            <span>
              {"  "}
              {line.text}
              {"\n"}
            </span>
          ),
        )}
      </pre>
    </details>
  );
}

function By({ apply: { kind, author } }: { readonly apply: Apply }) {
  return (
    <>
      {kind === "start"
        ? `applied at the first start by ${author}`
        : kind === "rollback"
          ? `rolled back by ${author}`
          : `applied by ${author}`}
    </>
  );
}

function headline({ message, kind, version }: Apply): string {
  if (message !== "") return message;
  return kind === "start" ? "The beginning" : `Version ${short(version)}`;
}

function short(version: string): string {
  return version.slice(0, 12);
}
