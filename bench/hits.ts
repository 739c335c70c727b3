import { join } from "node:path";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { openSpool } from "../src/db/spool.io.ts";
import { sequencePrefix, signToken, templatePrefix } from "../src/email/token.ts";
import type { Inbox, TrackingDeps } from "../src/tracking/deps.ts";
import { openDestinations } from "../src/tracking/destinations.run.ts";
import { openInbox } from "../src/tracking/inbox.run.ts";
import { trackingRoutes } from "../src/tracking/tracking.routes.ts";
import { openChild } from "./child.ts";
import { BASE, openCompany, type Company } from "./company.ts";
import type { Hammered, Hammering } from "./hammer.ts";
import { measure, type Bench, type Row } from "./measure.ts";

const CONNECTIONS = 64;
const FORGETFUL: Inbox = { append: () => Promise.resolve() };

/** Opens and clicks over HTTP, answered once they are durable, against the same handler that stores nothing. */
export const hitsBench: Bench = {
  name: "hits",
  async run({ quick, folder }) {
    const company = await openCompany(`sqlite:${join(folder, "hits.db")}`);
    const hammer = openChild<Hammering, Hammered>("hammer");
    const durable = openInbox(company.spine, openSpool(join(folder, "hits.spool")));
    const servers = {
      durable: await openServer(company, durable),
      forgetful: await openServer(company, FORGETFUL),
    };
    const perSecond = async (port: number, paths: readonly string[]) => {
      const { elapsed, wrong } = await hammer.ask({ port, paths, connections: CONNECTIONS });
      if (wrong > 0) throw new Error(`${wrong} hits were answered with an error`);
      await company.db.unit((trx) => trx.deleteFrom("inbox").execute());
      return paths.length / (elapsed / 1000);
    };
    const count = quick ? 300 : 6000;
    const row = (name: string, paths: readonly string[]): Promise<Row> =>
      measure({
        name,
        unit: "/s",
        against: "the same handler, storing nothing",
        rounds: quick ? 1 : 5,
        target: { of: "ratio", at_least: 0.7 },
        value: () => perSecond(servers.durable.port, paths),
        limit: () => perSecond(servers.forgetful.port, paths),
      });
    try {
      return [
        await row("opens answered, durable", opens(company, count)),
        await row("clicks answered, durable", clicks(company, count)),
      ];
    } finally {
      await hammer.close();
      await servers.durable.close();
      await servers.forgetful.close();
      await durable.idle();
      await company.db.close();
    }
  },
};

function opens({ keys }: Company, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `/t/o/${signToken(keys, "open", { message: n + 1 })}.gif`);
}

function clicks({ keys, programme }: Company, count: number): string[] {
  const template = programme.templates.get("warm/alder-care")!.get("")!;
  const fields = {
    template: templatePrefix(template.hash),
    link: 0,
    sequence: sequencePrefix("warm-nurture"),
  };
  return Array.from(
    { length: count },
    (_, n) => `/t/c/${signToken(keys, "click", { message: n + 1, ...fields })}`,
  );
}

async function openServer(
  { spine, clock, keys, db, programme }: Company,
  inbox: Inbox,
): Promise<{ port: number; close(): Promise<void> }> {
  const destinations = await openDestinations(db);
  destinations.follow(programme);
  const deps: TrackingDeps = {
    spine,
    clock,
    tokenKeys: keys,
    inbox,
    destinations,
    baseUrl: BASE,
    hurry: () => {},
  };
  const { fetch } = trackingRoutes(deps);
  return new Promise((resolve) => {
    const server = serve({ fetch, hostname: "127.0.0.1", port: 0 }, ({ port }: AddressInfo) =>
      resolve({ port, close: () => new Promise<void>((closed) => void server.close(() => closed())) }),
    );
  });
}
