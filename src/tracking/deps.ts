import type { Clock } from "../clock.ts";
import type { TrustedProxies } from "../config/environment.io.ts";
import type { TokenKeys } from "../email/token.ts";
import type { Arrival } from "../events/inbox.store.ts";
import type { Spine } from "../lifecycle/spine.ts";
import type { Destinations } from "./destinations.run.ts";

/** Where everything that reaches us is put down first. */
export interface Inbox {
  /**
   * Resolves once the row can't be lost: committed, or in the spool. Where neither could take it, it rejects;
   * `orInMemory`: the row waits there instead, while there is room, and goes with the process.
   */
  append(arrival: Arrival, options?: { readonly orInMemory?: boolean }): Promise<void>;
}

/** What the tracking routes work with. */
export interface TrackingDeps {
  readonly spine: Spine;
  readonly clock: Clock;
  readonly tokenKeys: TokenKeys;
  readonly inbox: Inbox;
  readonly destinations: Destinations;
  /** Where the world reaches us, without a slash at its end. */
  readonly baseUrl: string;
  /** Whose word on where a request comes from is believed. */
  readonly proxies?: TrustedProxies | null;
  /** Drains the inbox now rather than within a quarter of a second: something arrived that stops mail. */
  readonly hurry: () => void;
}
