import type { MiddlewareHandler } from "hono";
import { NotAllowed } from "./api/refusals.ts";
import type { Role } from "./keys.store.ts";

/** Who calls. */
export interface Principal {
  /** `key 3`, or `environment`. */
  readonly id: string;
  readonly role: Role;
  /** Whose leads a rep's key sees; null for other roles. */
  readonly rep: string | null;
}

export interface AuthEnv {
  Variables: { principal: Principal };
}

/** Lets in these roles only; before anything else is looked at. */
export function allow(...roles: readonly Role[]): MiddlewareHandler<AuthEnv> {
  return async (c, next) => {
    const { role } = c.get("principal");
    if (!roles.includes(role)) throw new NotAllowed(`a key with the role "${role}" may not do this`);
    await next();
  };
}

/** A rep sees and acts on their own leads only. */
export function isTheirs(principal: Principal, lead: { readonly owner: string | null }): boolean {
  return principal.role !== "rep" || (principal.rep !== null && lead.owner === principal.rep);
}
