import fc from "fast-check";
import { expect, test } from "vitest";
import { drain } from "../../../src/lifecycle/drain.run.ts";
import { forEachDatabase } from "../../database.ts";
import { openHouse } from "./house.ts";

const EMAILS = ["ana@acme.example", "ben@acme.example", "Zoë@acme.example"];
const TYPES = [
  "page.viewed",
  "demo.requested",
  "lead.created",
  "lead.updated",
  "sequences.paused",
  "sequences.resumed",
  "consent.given",
  "email.bounced",
  "email.unsubscribed",
  "email.clicked",
  "deal.opened",
  "deal.won",
  "notice.answered",
  "rep.noted",
];
const INSTANTS = [
  "2026-03-01T00:00:00Z",
  "0000-01-01T00:00:00Z",
  "2026-04-01T00:00:00Z",
  "9999-12-31T23:59:59Z",
  "1969-07-20",
];

const junk = fc.jsonValue({ maxDepth: 3, stringUnit: "binary" });
const often = <T>(values: readonly T[]) =>
  fc.oneof({ weight: 25, arbitrary: fc.constantFrom<unknown>(...values) }, junk);
const some = (fields: Record<string, fc.Arbitrary<unknown>>) => fc.record(fields, { requiredKeys: [] });

const properties = some({
  attributes: some({
    authority: often(["owner", null]),
    employees: often([5, 500, "7", 1e308, -0]),
    first_name: fc.string({ unit: "grapheme" }),
  }),
  path: often(["/pricing"]),
  until: often(INSTANTS),
  class: often(["hard", "soft"]),
  topic: often(["product", ""]),
  deal: often(["crm-1", "", "1-1"]),
  value: fc.oneof({ weight: 9, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) }, junk),
  stage: often(["proposal", "won", ""]),
  answer: often(["mine", "not_a_fit"]),
  rep: often(["maria"]),
  seconds: junk,
});
const event = some({
  email: often(EMAILS),
  type: often(TYPES),
  at: often(INSTANTS),
  actor: often(["lead", "rep", "system"]),
  id: often(["e1", "e2"]),
  properties: fc.oneof({ weight: 9, arbitrary: properties }, often([{}])),
}).map((one) => ({ email: EMAILS[0], type: TYPES[0], ...one }));

const requests: readonly [method: string, path: string, body: fc.Arbitrary<unknown>][] = [
  ["POST", "/api/events", fc.oneof(event, fc.array(event, { maxLength: 5 }))],
  [
    "PUT",
    "/api/leads/ana@acme.example",
    some({
      attributes: fc.oneof(
        fc.dictionary(fc.string({ unit: "binary" }), junk),
        some({
          authority: often(["owner", null]),
          budget: often(["low", 5, true]),
          employees: often([1, "1e5"]),
        }),
      ),
      owner: often(["maria", null]),
      stage: often(["lost", "customer"]),
      consent: some({ topic: often(["product"]), words: often(["yes"]), source: often(["fair"]) }),
    }),
  ],
  [
    "POST",
    "/api/leads/ana@acme.example/pause",
    some({ until: often(INSTANTS), reason: often(["away", null]) }),
  ],
  ["POST", "/api/leads/ana@acme.example/resume", often([{}])],
  ["POST", "/api/leads/ana@acme.example/enrol", some({ sequence: often(["welcome", "again"]) })],
  [
    "POST",
    "/api/deals",
    some({
      email: often(EMAILS),
      id: often(["crm-1"]),
      value: fc.double(),
      at: often(INSTANTS),
      stage: junk,
    }),
  ],
  [
    "POST",
    "/api/deals/crm-1",
    some({
      value: often([1, 1e15]),
      stage: often(["next", "won"]),
      at: often(INSTANTS),
      reason: often(["price"]),
    }),
  ],
];

forEachDatabase("whatever is sent", (open) => {
  test("is answered, refused by its name, or done; never a failure of ours, now or when it is folded", async () => {
    const { call, spine, warnings } = await openHouse(await open());
    await call("PUT", "/api/leads/ana@acme.example", { body: { owner: "maria" } });
    await call("POST", "/api/deals", { body: { email: EMAILS[0], id: "crm-1" } });
    const anything = fc.oneof(
      ...requests.map(([method, path, body]) =>
        fc.record({ method: fc.constant(method), path: fc.constant(path), body }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        anything,
        fc.constantFrom("admin", "admin", "rep", "ingest"),
        async ({ method, path, body }, as) => {
          const { status } = await call(method, path, {
            as: as as "admin",
            body: JSON.stringify(body) ?? "null",
          });
          expect(status).toBeLessThan(500);
          await drain(spine);
          for (const email of EMAILS.slice(0, 2)) {
            expect((await call("GET", `/api/leads/${email}`)).status).toBeLessThan(500);
            expect((await call("GET", `/api/leads/${email}/timeline`)).status).toBeLessThan(500);
          }
          expect((await call("GET", "/api/leads?sort=-score")).status).toBe(200);
          expect((await call("GET", "/api/deals")).status).toBe(200);
          expect(warnings).toEqual([]);
        },
      ),
      { numRuns: Number(process.env["FUZZ_RUNS"] ?? 60) },
    );
  });

  test("any query is answered or refused by its name", async () => {
    const { call, warnings } = await openHouse(await open());
    await call("PUT", "/api/leads/ana@acme.example", { body: { attributes: { first_name: 'Ana \\ "%_!' } } });
    const names = [
      "q",
      "sort",
      "cursor",
      "limit",
      "owner",
      "stage",
      "segment",
      "temperature",
      "state",
      "open",
      "email",
    ];
    const query = fc.dictionary(fc.constantFrom(...names), fc.string({ unit: "binary" }), { maxKeys: 2 });
    const path = fc.constantFrom(
      "/api/leads",
      "/api/messages",
      "/api/deals",
      "/api/leads/ana@acme.example/timeline",
      "/api/reps/maria/notices",
    );
    await fc.assert(
      fc.asyncProperty(path, query, async (base, parameters) => {
        const { status } = await call("GET", `${base}?${new URLSearchParams(parameters).toString()}`);
        expect([200, 400]).toContain(status);
        expect(warnings).toEqual([]);
      }),
      { numRuns: Number(process.env["FUZZ_RUNS"] ?? 60) },
    );
  });
});
