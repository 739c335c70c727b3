import type { Migration } from "kysely/migration";
import * as first from "./001-spine.ts";
import * as second from "./002-in-doubt.ts";
import * as third from "./003-versions.ts";
import * as fourth from "./004-experiments.ts";
import * as fifth from "./005-folded-attributes.ts";
import * as sixth from "./006-merged-leads.ts";
import * as seventh from "./007-upkeep.ts";
import * as ninth from "./009-providers.ts";
import * as tenth from "./010-users.ts";

/** In order of name. One set for SQLite and PostgreSQL; a migration that has landed never changes. */
export const migrations: Record<string, Migration> = {
  "001-spine": first,
  "002-in-doubt": second,
  "003-versions": third,
  "004-experiments": fourth,
  "005-folded-attributes": fifth,
  "006-merged-leads": sixth,
  "007-upkeep": seventh,
  "009-providers": ninth,
  "010-users": tenth,
};
