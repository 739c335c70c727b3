import { CompiledQuery, type Compilable, type RawBuilder } from "kysely";
import { directly } from "./direct.io.ts";
import { isPostgres } from "./dialect.store.ts";
import type { Db } from "./tables.ts";

/** Stands for an argument of a kept statement while its text is made. */
export class Slot {
  readonly place: number;
  /** A list is bound as JSON text: SQLite has no arrays. */
  readonly asJson: boolean;

  constructor(place: number, asJson = false) {
    this.place = place;
    this.asJson = asJson;
  }
}

interface Statement {
  readonly text: string;
  readonly parameters: readonly unknown[];
}

/**
 * A statement of the hottest code: Kysely makes its text at the first use for each database, each later use only binds.
 * `build` may put its arguments where values go and into `inList`, and must not look at them.
 */
export function kept<P extends readonly unknown[], O>(
  build: (db: Db, ...given: P) => Compilable<O> | RawBuilder<O>,
): (db: Db, ...given: P) => Promise<O[]> {
  const slots = Array.from({ length: build.length - 1 }, (_, place) => new Slot(place)) as unknown as P;
  const statements = new Map<boolean, Statement>();
  return async (db, ...given) => {
    const postgres = isPostgres(db);
    let statement = statements.get(postgres);
    if (!statement) {
      const { sql, parameters } = (build(db, ...slots) as RawBuilder<O>).compile(db);
      statement = { text: sql, parameters };
      statements.set(postgres, statement);
    }
    const bound = statement.parameters.map((parameter) => {
      if (!(parameter instanceof Slot)) return parameter;
      const value = given[parameter.place];
      return parameter.asJson ? JSON.stringify(value) : value;
    });
    const raw = directly(db);
    if (raw) {
      const native = raw(statement.text);
      if (native.reader) return native.all(bound) as O[];
      native.run(bound);
      return [];
    }
    const { rows } = await db.executeQuery<O>(CompiledQuery.raw(statement.text, bound));
    return rows;
  };
}
