import type { Clock } from "../clock.ts";
import type { Database } from "../db/open.io.ts";
import type { Db } from "../db/tables.ts";
import type { SuppressionKey } from "../leads/suppression.ts";
import type { Programme } from "../programme/programme.ts";
import type { Happening } from "./changes.ts";

/** What everything that changes leads works with. */
export interface Spine {
  readonly db: Database;
  readonly clock: Clock;
  /** The programme that is live now. */
  programme(): Programme;
  /** Follows what was applied meanwhile; says whether this process runs that now. Without it nothing else ever is. */
  keepUp?(): Promise<boolean>;
  /** Whether something else is applied than this process runs. */
  isBehind?(db: Db): Promise<boolean>;
  readonly suppressionKeys: readonly SuppressionKey[];
  /** Where nobody would look for a row that was set aside, it is a failure of the whole: in virtual time. */
  readonly strict?: boolean;
  /** The server's, beside the database. */
  readonly spoolFile?: string;
  /** Hears of all that happened, in order, after its commit: the simulator's log. */
  observe?(happenings: readonly Happening[]): void;
  /** Hears of what a person should look at. */
  warn(message: string, details: Readonly<Record<string, unknown>>): void;
}
