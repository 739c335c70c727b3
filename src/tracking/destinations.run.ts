import type { Database } from "../db/open.io.ts";
import { sequencePrefix, templatePrefix } from "../email/token.ts";
import type { Template } from "../email/template.ts";
import type { Programme } from "../programme/programme.ts";
import { readTemplates } from "./destinations.store.ts";

/** Where the links of one version of a template lead. */
export interface Destination {
  /** `warm/case-study` */
  readonly template: string;
  readonly links: readonly string[];
  readonly hiddenLink: number;
}

/** The links of every mail that was ever sent, in memory: a click asks nothing of the database. */
export interface Destinations {
  /** By what a click token carries (`templatePrefix`). Asks the database only for one never seen before. */
  find(prefix: string): Promise<Destination | null>;
  /** The name of a sequence by its `sequencePrefix`; null where it is none of the programmes seen. */
  sequence(prefix: string): string | null;
  /** Keeps what this programme's mails may say, before the first of them is sent. */
  follow(programme: Programme): void;
}

/** Loads all stored versions. `follow` is called with the live programme, and again with each later one. */
export async function openDestinations(db: Database): Promise<Destinations> {
  const known = new Map<string, Destination>();
  const sequences = new Map<string, string>();
  const keep = (template: Template) => {
    const { name, links, hiddenLink } = template;
    known.set(templatePrefix(template.hash), { template: name, links, hiddenLink });
  };
  for (const template of await readTemplates(db.kysely)) keep(template);
  return {
    async find(prefix) {
      // Another process may have stored it.
      if (!known.has(prefix)) for (const template of await readTemplates(db.kysely, prefix)) keep(template);
      return known.get(prefix) ?? null;
    },
    sequence: (prefix) => sequences.get(prefix) ?? null,
    follow(programme) {
      for (const locales of programme.templates.values())
        for (const template of locales.values()) keep(template);
      for (const name of programme.sequences.keys()) sequences.set(sequencePrefix(name), name);
    },
  };
}
