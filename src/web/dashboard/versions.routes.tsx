import type { Db } from "../../db/tables.ts";
import { changedFiles } from "../../programme/changed-files.ts";
import { changeWords } from "../../programme/change-words.ts";
import { allApplies, filesOf, findVersions } from "../../programme/versions.store.ts";
import type { Asked } from "./deps.ts";
import type { Page } from "./layout.tsx";
import { VersionPage, VersionsPage, type Step } from "./versions-page.tsx";

/** Of a long log the latest are shown. */
const MOST = 50;

/** `GET /versions`. */
export async function versionsPage({ deps: { spine }, frame }: Asked): Promise<Page> {
  const db = spine.db.kysely;
  const applies = await allApplies(db);
  const steps: Step[] = [];
  for (const [place, apply] of applies.slice(0, MOST).entries()) {
    const before = applies[place + 1] ?? null;
    const changes =
      before && changeWords(await readFiles(db, before.version), await readFiles(db, apply.version));
    steps.push({ apply, before, changes });
  }
  return {
    title: "Versions",
    place: "Versions",
    content: <VersionsPage steps={steps} more={Math.max(0, applies.length - MOST)} times={frame.times} />,
  };
}

/** `GET /versions/<how its hash begins>`: as it last went live. */
export async function versionPage({ c, deps: { spine }, frame }: Asked): Promise<Page | null> {
  const db = spine.db.kysely;
  const asked = c.req.param("version") ?? "";
  const [version, ...others] = await findVersions(db, asked);
  if (version === undefined || others.length > 0) return null;
  const applies = await allApplies(db);
  const place = applies.findIndex((apply) => apply.version === version);
  if (place < 0) return null;
  const [apply, before] = [applies[place]!, applies[place + 1] ?? null];
  const files = await readFiles(db, version);
  const old = before ? await readFiles(db, before.version) : new Map<string, string>();
  const changed = before ? changedFiles(old, files) : [];
  return {
    title: `Version ${version.slice(0, 12)}`,
    place: "Versions",
    content: (
      <VersionPage
        step={{ apply, before, changes: before && changeWords(old, files) }}
        live={place === 0}
        files={changed.map((file) => ({
          ...file,
          then: old.get(file.path) ?? "",
          now: files.get(file.path) ?? "",
        }))}
        paths={[...files.keys()].sort()}
        times={frame.times}
      />
    ),
  };
}

async function readFiles(db: Db, version: string): Promise<ReadonlyMap<string, string>> {
  return (await filesOf(db, version)) ?? new Map();
}
