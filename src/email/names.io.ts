import { Resolver } from "node:dns/promises";
import { InputError } from "../config/problems.ts";
import { SECOND } from "../instant.ts";

/** What the DNS says. An empty list: there is nothing of that kind. Each throws where no name server answered. */
export interface Names {
  /** Texts of a name, each put together from its pieces (RFC 7208 §3.3). */
  texts(name: string): Promise<string[]>;
  /** Mail servers of a domain. */
  mailServers(name: string): Promise<string[]>;
  /** IPv4 and IPv6. */
  addresses(name: string): Promise<string[]>;
  /** What an address is called. */
  namesOf(address: string): Promise<string[]>;
}

const NOTHING = new Set(["ENODATA", "ENOTFOUND"]);

/**
 * Asks the machine's name servers, or only that one (`9.9.9.9`, `127.0.0.1:5353`).
 * @throws InputError where `server` is no address
 */
export function openNames(server: string | null): Names {
  const resolver = new Resolver({ timeout: 3 * SECOND, tries: 1 });
  if (server !== null) {
    try {
      resolver.setServers([server]);
    } catch {
      throw new InputError(`--dns: "${server}" is no address of a name server, like 9.9.9.9`);
    }
  }
  return {
    texts: async (name) => (await orNothing(resolver.resolveTxt(name))).map((pieces) => pieces.join("")),
    mailServers: async (name) => (await orNothing(resolver.resolveMx(name))).map(({ exchange }) => exchange),
    addresses: async (name) =>
      (await Promise.all([orNothing(resolver.resolve4(name)), orNothing(resolver.resolve6(name))])).flat(),
    namesOf: (address) => orNothing(resolver.reverse(address)),
  };
}

async function orNothing<T>(asked: Promise<T[]>): Promise<T[]> {
  try {
    return await asked;
  } catch (error) {
    if (NOTHING.has(String((error as { code?: unknown }).code))) return [];
    throw error;
  }
}
