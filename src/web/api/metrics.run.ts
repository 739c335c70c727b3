import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { stopwatch } from "../../clock.ts";
import { SECOND } from "../../instant.ts";
import type { Spine } from "../../lifecycle/spine.ts";
import { readBacklog, readCounts } from "./health.store.ts";

export interface Metrics {
  /** Counts and times every request behind it. */
  readonly observe: MiddlewareHandler;
  readonly contentType: string;
  expose(): Promise<string>;
}

/** Metrics of one server, in a registry of their own. */
export function openMetrics(spine: Spine): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: "kindling_http_requests_total",
    help: "Requests answered",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "kindling_http_request_seconds",
    help: "How long an answer took",
    labelNames: ["method", "route"],
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
    registers,
  });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const inboxWaiting = gauge("kindling_inbox_waiting", "Rows that wait to be folded");
  const inboxFailed = gauge("kindling_inbox_failed", "Rows that could not be folded and wait for a person");
  const queued = gauge("kindling_messages_queued", "Emails in the queue");
  const sending = gauge("kindling_messages_sending", "Emails on their way out");
  const inboxLag = gauge("kindling_inbox_lag_seconds", "Age of the oldest row that waits");
  const leadsLag = gauge(
    "kindling_leads_lag_seconds",
    "How late the lead is that should have been lived on first",
  );

  return {
    contentType: registry.contentType,
    async observe(c, next) {
      const took = stopwatch();
      await next();
      const { method } = c.req;
      // The pattern, never the path: paths name people, and are without end.
      const route = c.res.status === 404 ? "other" : routePath(c, -1);
      requests.inc({ method, route, status: c.res.status });
      seconds.observe({ method, route }, took() / 1000);
    },
    async expose() {
      const now = spine.clock.now();
      const counts = await readCounts(spine.db.kysely);
      const { inboxSince, leadsSince } = await readBacklog(spine.db.kysely, now);
      inboxWaiting.set(counts.inboxWaiting);
      inboxFailed.set(counts.inboxFailed);
      queued.set(counts.queued);
      sending.set(counts.sending);
      inboxLag.set(inboxSince === null ? 0 : (now - inboxSince) / SECOND);
      leadsLag.set(leadsSince === null ? 0 : (now - leadsSince) / SECOND);
      return registry.metrics();
    },
  };
}
