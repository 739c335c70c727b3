import { normaliseEmail } from "../leads/address.ts";
import type { Targets } from "./import-columns.ts";
import { emailValue } from "./import-leads.ts";
import { withoutHeader, type Table } from "./import-table.io.ts";
import { RowError, textOf } from "./import-values.ts";

/** A row of a list of those who get no mail. */
export interface SuppressionDraft {
  readonly line: number;
  email: string;
  reason: string | null;
}

/** What columns of such a list mean: an address is enough. */
export const suppressionTargets: Targets<SuppressionDraft> = {
  own: ["email", "reason"],
  attributes: [],
  synonyms: {
    e_mail: "email",
    mail: "email",
    email_address: "email",
    e_mail_address: "email",
    address: "email",
    cause: "reason",
  },
  refuse: (target) => `a list has email and reason, but no "${target}"`,
  begin: (line) => ({ line, email: "", reason: null }),
  take(draft, target, value) {
    if (value === undefined || value === null) return;
    const text = textOf(target, value);
    if (text === "") return;
    if (target === "email") draft.email = emailValue(text);
    else draft.reason = text;
  },
  finish({ email }) {
    if (email === "") throw new RowError("has no email");
  },
};

/** Such a list is often just addresses, a line each. */
export function nameColumns(table: Table): Table {
  const place = table.columns.findIndex((column) => normaliseEmail(column) !== null);
  if (table.format !== "csv" || place === -1) return table;
  return withoutHeader(
    table,
    table.columns.map((_, index) => (index === place ? "email" : `column ${index + 1}`)),
  );
}
