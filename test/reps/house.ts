import { virtualClock, type VirtualClock } from "../../src/clock.ts";
import type { Database } from "../../src/db/open.io.ts";
import { tokenKeys } from "../../src/email/token.ts";
import { appendToInbox } from "../../src/events/inbox.store.ts";
import { eventInput, type Input } from "../../src/events/input.ts";
import { parseInstant, type Instant } from "../../src/instant.ts";
import { suppressionKeys } from "../../src/leads/suppression.ts";
import type { Happening } from "../../src/lifecycle/changes.ts";
import { advanceDue } from "../../src/lifecycle/advance.run.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { notifyDue } from "../../src/lifecycle/notify.run.ts";
import type { Spine } from "../../src/lifecycle/spine.ts";
import { loadProgramme } from "../../src/programme/load.ts";
import type { Programme } from "../../src/programme/programme.ts";
import { lintingCarrier } from "../email/linted.ts";

const KINDLING = `
company: { name: Acme Courses, address: "1 Main Street, Lisbon", country: PT, timezone: Europe/Lisbon }
mail: { from: ada@acme.example }
windows:
  business-hours: { days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00", zone: lead }
webhooks:
  - { webhook: crm, url: "https://crm.example/hook", on: [notice.sent], secret_env: CRM_SECRET }
`;

const SCORING = `
model: default
thresholds: { warm: 25, hot: 50, cooling: 5 }
fit:
  - criterion: Company size
    attribute: employees
    bands: [{ over: 100, points: 10 }]
engagement:
  half_life: 30d
  rules:
    - { rule: pricing, on: page.viewed, points: 10 }
    - { rule: demo, on: demo.requested, points: 45 }
`;

export const REPS = `
reps:
  - { rep: maria, name: Maria Silva, email: maria@acme.example, timezone: Europe/Lisbon, takes: { attribute: country, in: [PT, ES] } }
  - { rep: sam, name: Sam Lee, email: sam@acme.example, timezone: America/New_York }
  - { rep: kim, name: Kim Berg, email: kim@acme.example, timezone: Europe/Berlin }
notices:
  - on: { temperature: hot }
    cooldown: 7d
    deal: open
    escalate: { after: 4h, window: business-hours, to: next }
  - on: { did: email.replied }
digest: { at: "08:00", days: [mon, tue, wed, thu, fri] }
channels: { chat: { url_env: CHAT_URL } }
`;

export async function programmeOf(reps = REPS, more: Record<string, string> = {}): Promise<Programme> {
  const files = {
    "config/kindling.yaml": KINDLING,
    "config/scoring/default.yaml": SCORING,
    "config/reps.yaml": reps,
    ...more,
  };
  const loaded = await loadProgramme(new Map(Object.entries(files)));
  if ("problems" in loaded) throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return loaded.programme;
}

/** A Monday morning, 10:00 in Lisbon. */
export const MONDAY = instant("2026-03-02T10:00:00Z");

export function instant(text: string): Instant {
  return parseInstant(text)!;
}

export interface House {
  readonly spine: Spine;
  readonly clock: VirtualClock;
  readonly links: { readonly tokenKeys: ReturnType<typeof tokenKeys>; readonly baseUrl: string };
  readonly happenings: Happening[];
  readonly warnings: string[];
  /** Something reaches a lead now. */
  arrive(email: string, ...inputs: Input[]): Promise<void>;
  /** Time passes: leads live on and reps are told, at each due instant on the way. */
  until(at: Instant): Promise<void>;
  /** Who got which notice, in order: `maria hot`. */
  told(): string[];
  /** What is in the outbox; each passes the lint of the bytes that would leave. */
  mails(kind?: string): Promise<{ to: string; key: string; subject: string; html: string; text: string }[]>;
}

export async function openHouse(db: Database, programme?: Programme, start = MONDAY): Promise<House> {
  let live = programme ?? (await programmeOf());
  const clock = virtualClock(start);
  const happenings: Happening[] = [];
  const warnings: string[] = [];
  const spine: Spine = {
    db,
    clock,
    programme: () => live,
    suppressionKeys: suppressionKeys(["a secret of this test"]),
    observe: (lines) => void happenings.push(...lines),
    warn: (message) => void warnings.push(message),
  };
  const links = { tokenKeys: tokenKeys(["a secret of this test"]), baseUrl: "https://k.example" };
  const carrier = lintingCarrier({ spine, ...links });
  return {
    spine,
    clock,
    links,
    happenings,
    warnings,
    async arrive(email, ...inputs) {
      await db.unit((trx) =>
        appendToInbox(trx, [{ to: { email }, at: clock.now(), live: true, create: "yes", inputs }]),
      );
      await drain(spine);
    },
    async until(at) {
      clock.jumpTo(at);
      await advanceDue(spine);
      await notifyDue(spine, links);
      await drain(spine);
    },
    told: () =>
      happenings
        .filter(({ what }) => what === "rep.notified")
        .map(({ rep, kind }) => `${rep as string} ${kind as string}`),
    async mails(kind = "notice") {
      const rows = await db.kysely
        .selectFrom("messages")
        .selectAll()
        .where("kind", "=", kind)
        .orderBy("id")
        .execute();
      return Promise.all(
        rows.map(async (row) => {
          const body = JSON.parse(row.variables!) as { subject: string; html: string; text: string };
          const { from } = live.settings.mail;
          await carrier.send({ row, from, ...body, unsubscribeUrl: null, listTitle: null });
          return { to: row.recipient, key: row.message_key, ...body };
        }),
      );
    },
  };
}

export function created(attributes: Record<string, unknown>): Input {
  return eventInput("lead.created", "system", { attributes });
}

export function act(type: string, properties: Record<string, unknown> = {}): Input {
  return eventInput(type, "lead", properties);
}
