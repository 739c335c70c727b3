import type { Context } from "hono";
import type { TrustedProxies } from "../../config/environment.io.ts";
import type { TokenKeys } from "../../email/token.ts";
import type { Spine } from "../../lifecycle/spine.ts";
import type { Visitor } from "./access.ts";
import type { Frame, Page } from "./layout.tsx";
import type { SeenBy } from "./seen.store.ts";

/** What the dashboard works with. */
export interface DashboardDeps {
  readonly spine: Spine;
  readonly tokenKeys: TokenKeys;
  /** Where the world reaches us, without a slash at its end. */
  readonly baseUrl: string;
  /** No mail server: mails end in the mailbox. */
  readonly captured: boolean;
  /** KINDLING_API_KEY: opens the dashboard from other machines, beside admin keys; null: none. */
  readonly apiKey?: string | null;
  /** Whose word on where a request comes from is believed; null: nobody's. */
  readonly proxies?: TrustedProxies | null;
}

/** A page that is asked for: all that waits is folded, and all that is due has been lived. */
export interface Asked {
  readonly c: Context;
  readonly deps: DashboardDeps;
  readonly frame: Frame;
  readonly who: Visitor;
  /** The rep who asks, and sees what is theirs alone; null: somebody who sees all. */
  readonly seenBy: SeenBy | null;
}

/** Answers with a page; null: there is none of that name. */
export type Show = (asked: Asked) => Promise<Page | null>;
