import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Settings } from "../config/settings.ts";
import { InputError } from "../config/problems.ts";
import { beforeAfterPage } from "./before-after.ts";
import type { ChangedMail } from "./changed-mails.ts";
import { renderSample } from "./sample.ts";

/**
 * Writes a page for each mail that differs, rendered with sample data, into `folder` (a new one below the system's
 * temporary folder where null). Answers with their `file:` addresses, in order. @throws InputError
 */
export function writeBeforeAfter(
  folder: string | null,
  changes: readonly ChangedMail[],
  settings: { readonly before: Settings; readonly after: Settings },
): string[] {
  if (changes.length === 0) return [];
  const into = folder ?? mkdtempSync(join(tmpdir(), "kindling-plan-"));
  return changes.map(({ name, locale, before, after }) => {
    const title = locale === null ? name : `${name} (${locale})`;
    const page = beforeAfterPage(
      title,
      before && renderSample(before, settings.before),
      after && renderSample(after, settings.after),
    );
    const path = resolve(into, `${name}${locale === null ? "" : `.${locale}`}.html`);
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, page);
    } catch (error) {
      throw new InputError(`--out: ${path} can't be written (${(error as NodeJS.ErrnoException).code})`);
    }
    return pathToFileURL(path).href;
  });
}
