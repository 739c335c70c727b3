import type { Database } from "../../src/db/open.io.ts";
import { applyVersion } from "../../src/programme/versions.store.ts";
import { sendDue } from "../../src/sending/deliver.run.ts";
import type { Outbox } from "../../src/sending/outbox.ts";
import { dashboardRoutes } from "../../src/web/dashboard/dashboard.routes.tsx";
import type { Spine } from "../../src/lifecycle/spine.ts";
import { lintingCarrier } from "../email/linted.ts";
import { openHouse, programmeOf, REPS, type House } from "../reps/house.ts";

const MORE = {
  "config/segments.yaml": `
segments:
  - { segment: big, title: Big companies, when: { attribute: employees, over: 100 } }
`,
  "config/sequences/after-demo.yaml": `
sequence: after-demo
title: After the demo
enter: [ { event: demo.requested } ]
goal: { did: trial.started }
window: business-hours
steps:
  - id: thanks
    send: hot/thanks
  - wait: 3d
  - branch:
      - when: { clicked: thanks }
        steps: [ { notify: owner, note: "Call them" } ]
      - otherwise: true
        steps: [ { id: again, send: hot/again } ]
`,
  "templates/hot/thanks.mjml": template("Thanks"),
  "templates/hot/again.mjml": template("Once more"),
};

function template(subject: string): string {
  return `---
subject: '${subject}, {{first_name "you"}}'
---
<mj-section><mj-column><mj-text>${subject} <a href="https://acme.example/times">See the times</a>
<a href="https://acme.example/more">More</a> <a href="{{unsubscribe_url}}">Unsubscribe</a></mj-text></mj-column></mj-section>
`;
}

/** Requests come from this machine. */
const HERE = { incoming: { socket: { remoteAddress: "127.0.0.1", remotePort: 50_000 } } };

export interface DashboardHouse extends House {
  readonly outbox: Outbox;
  /** The page's status and text; by default asked for from this machine. */
  get(path: string): Promise<{ status: number; headers: Headers; text: string }>;
  /** A form sent from a page of ours. */
  post(path: string, form?: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  /** Everything that waits to be sent and may leave. */
  send(): Promise<void>;
}

/** A company with reps, one sequence and its mails, and the dashboard before it. */
export async function openDashboard(db: Database, watch?: (spine: Spine) => Spine): Promise<DashboardHouse> {
  const programme = await programmeOf(REPS, MORE);
  const house = await openHouse(db, programme);
  await db.unit((trx) =>
    applyVersion(trx, programme, new Map(), { author: "test", message: "", at: house.clock.now() }),
  );
  const sender = { spine: house.spine, ...house.links };
  const outbox: Outbox = { ...sender, carrier: lintingCarrier(sender) };
  const spine = watch ? watch(house.spine) : house.spine;
  const links = { ...house.links, baseUrl: "http://localhost:3000" };
  const app = dashboardRoutes({ spine, ...links, captured: true });
  return {
    ...house,
    outbox,
    async get(path) {
      const response = await app.request(path, {}, HERE);
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
    post: (path, form = {}, headers = { "sec-fetch-site": "same-origin" }) =>
      Promise.resolve(app.request(path, { method: "POST", body: new URLSearchParams(form), headers }, HERE)),
    async send() {
      await sendDue(outbox);
    },
  };
}

/** What a reader sees: no tags, single spaces. */
export function seen(html: string): string {
  return html
    .replaceAll(/<title\b.*?<\/title>|<wbr\/?>/gs, "")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&quot;", '"')
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ (?=[.,;:)])/g, "");
}
