import type { Template } from "../email/template.ts";
import type { ChangedFile } from "../programme/changed-files.ts";
import type { Programme } from "../programme/programme.ts";

type Change = ChangedFile["change"];

/** A mail that differs, in one language; null where there is none on that side. */
export interface ChangedMail {
  readonly name: string;
  readonly locale: string | null;
  readonly change: Change;
  readonly before: Template | null;
  readonly after: Template | null;
}

/** Which mails differ, also by a layout or partial that they use. */
export function changedMails(before: Programme, after: Programme): ChangedMail[] {
  const names = [...new Set([...before.templates.keys(), ...after.templates.keys()])].sort();
  return names.flatMap((name) => {
    const [old, now] = [before.templates.get(name), after.templates.get(name)];
    const locales = [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])].sort();
    return locales.flatMap((locale) => {
      const [was, is] = [old?.get(locale), now?.get(locale)];
      const change = changeOf(was?.hash, is?.hash);
      if (change === null) return [];
      return [{ name, locale: locale || null, change, before: was ?? null, after: is ?? null }];
    });
  });
}

function changeOf(before: string | undefined, after: string | undefined): Change | null {
  if (before === after) return null;
  return before === undefined ? "added" : after === undefined ? "removed" : "changed";
}
