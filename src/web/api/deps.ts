import type { TrustedProxies } from "../../config/environment.io.ts";
import type { TokenKeys } from "../../email/token.ts";
import type { Spine } from "../../lifecycle/spine.ts";
import type { AuthEnv } from "../auth.ts";

/** What the API works with. */
export interface ApiDeps {
  readonly spine: Spine;
  readonly tokenKeys: TokenKeys;
  /** Where the world reaches us, without a slash at its end. */
  readonly baseUrl: string;
  /** KINDLING_API_KEY: an admin key for automation; null: none. */
  readonly apiKey: string | null;
  /** Whose word on where a request comes from is believed; null: nobody's. */
  readonly proxies?: TrustedProxies | null;
}

export type ApiEnv = AuthEnv;
