import { SECOND } from "../instant.ts";

/**
 * How long who asks may take, in milliseconds: who sends a byte a second is answered 408, and holds nothing but a
 * connection until then. A mail of 32 MB has the longest way.
 */
export const PATIENCE = {
  headersTimeout: 10 * SECOND,
  requestTimeout: 60 * SECOND,
  /** How often it is looked who is late. */
  connectionsCheckingInterval: SECOND,
} as const;
