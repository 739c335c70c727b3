import { DAY, HOUR, type Instant } from "../src/instant.ts";
import { readScriptLine, type ScriptLead, type ScriptLine } from "../src/planning/script.ts";
import { isReaction } from "../src/planning/script.ts";
import { simulate } from "../src/planning/simulate.run.ts";
import { begin, emptyScore, foldEvent, nextCrossing } from "../src/scoring/fold.ts";
import type { Model } from "../src/scoring/model.ts";
import { formatInstant } from "../src/instant.ts";
import { openWorld } from "../src/world.ts";
import { NOON, shipped } from "./company.ts";
import { dice, elapsed, measure, type Bench } from "./measure.ts";

const DAYS = 120;
const UNTIL = NOON + DAYS * DAY;

/** The whole engine in virtual time: sequences, gate, mails, notices. */
export const simulateBench: Bench = {
  name: "simulate",
  async run({ quick }) {
    const { programme } = await shipped();
    const model = programme.models.find(({ name }) => name === "default")!;
    const script = write(quick ? 10 : 150);
    const perSecond = (ms: number) => (script.leads.length * DAYS) / (ms / 1000);
    const row = await measure({
      name: `lead-days simulated, ${script.leads.length} leads over ${DAYS} days`,
      unit: "/s",
      against: "the script's events folded in memory, nothing else",
      rounds: quick ? 1 : 3,
      target: { of: "value", at_least: 6000 },
      async value() {
        const world = await openWorld({ config: "config", templates: "templates", from: NOON, seed: 1 });
        let told = 0;
        const ms = await elapsed(() =>
          simulate(world, { ...script, from: NOON, until: UNTIL }, () => told++),
        );
        await world.app.close();
        if (told < script.leads.length) throw new Error("the simulated leads did not live");
        return perSecond(ms);
      },
      limit: async () => perSecond(await elapsed(() => foldAll(model, script.leads, script.lines))),
    });
    return [row];
  },
};

/** Each lead looks around now and then, and follows some of its mails. */
function write(count: number): { leads: ScriptLead[]; lines: ScriptLine[] } {
  const random = dice(7);
  const within = (from: Instant, until: Instant) =>
    from + Math.floor((random() * (until - from)) / 1000) * 1000;
  const leads: ScriptLead[] = [];
  const lines: unknown[] = [];
  for (let n = 0; n < count; n++) {
    const email = `lead${n}@d${n % 30}.example`;
    const at = within(NOON, NOON + 20 * DAY);
    const attributes = {
      first_name: `N${n}`,
      country: ["DE", "PT", "FR", "US"][n % 4],
      employees: 10 + n * 5,
    };
    leads.push({ email, at, attributes });
    for (let view = 0; view < 6; view++) {
      const path = ["/pricing", "/blog/shifts", "/docs"][Math.floor(random() * 3)];
      lines.push({ email, type: "page.viewed", at: formatInstant(within(at, UNTIL)), properties: { path } });
    }
    for (let click = 0; click < 3; click++) {
      const after = `${1 + Math.floor(random() * 30)}h`;
      lines.push({ email, on: "message.sent", after, type: "email.clicked", link: 0 });
    }
  }
  return { leads, lines: lines.map((line) => readScriptLine(line) as ScriptLine) };
}

function foldAll(model: Model, leads: readonly ScriptLead[], lines: readonly ScriptLine[]): void {
  const acts = Map.groupBy(lines, (line) => line.email);
  for (const { email, at, attributes } of leads) {
    const state = emptyScore(model);
    const facts = attributes as Parameters<typeof begin>[3];
    begin(model, state, at, facts);
    const mine = (acts.get(email) ?? []).map((line, index) => ({
      type: line.type,
      at: isReaction(line) ? at + index * HOUR : line.at,
      properties: line.properties,
    }));
    for (const [seq, act] of mine.sort((a, b) => a.at - b.at).entries()) {
      const event = { ...act, seq, actor: "lead", verdict: "human", message: null } as const;
      foldEvent(model, state, event, facts, facts, () => {});
      nextCrossing(model, state, facts, event.at);
    }
  }
}
