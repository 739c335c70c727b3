import { beforeAll, expect, test } from "vitest";
import { forEachDatabase } from "../../database.ts";
import { openHouse, type House } from "./house.ts";

const DEEP = `{"email":"a@b.example","type":"page.viewed","properties":${'{"a":'.repeat(5000)}1${"}".repeat(5000)}}`;
const EVENT = (properties: string) =>
  `{"email":"a@b.example","type":"page.viewed","properties":${properties}}`;

forEachDatabase("bad input", (open) => {
  // One house for all: nothing of this changes anything.
  let house: House;
  beforeAll(async () => {
    house = await openHouse(await open());
  });

  test.each<[name: string, body: string, status: number, field: string | undefined]>([
    ["no JSON", '{"email":', 400, undefined],
    ["text", '"a"', 422, ""],
    ["null", "null", 422, ""],
    ["a number for the address", '{"email":5,"type":"page.viewed"}', 422, "email"],
    ["NUL in a property", EVENT('{"a":{"b":"x\\u0000y"}}'), 422, "properties.a.b"],
    ["NUL in a name", EVENT('{"a\\u0000":1}'), 422, "properties"],
    ["half a character", EVENT('{"a":["\\ud800"]}'), 422, "properties.a[0]"],
    ["__proto__", EVENT('{"__proto__":{"admin":true}}'), 422, "properties"],
    ["constructor", EVENT('{"a":{"constructor":{"prototype":1}}}'), 422, "properties.a"],
    ["a number beyond doubles", EVENT('{"a":1e999}'), 422, "properties.a"],
    ["bottomless nesting", DEEP, 422, undefined],
    [
      "an address with a line break",
      '{"email":"a@b.example\\nBcc: x@y.example","type":"page.viewed"}',
      422,
      "email",
    ],
    ["two addresses", '{"email":"a@b.example,c@d.example","type":"page.viewed"}', 422, "email"],
    [
      "a day that does not exist",
      '{"email":"a@b.example","type":"x.y","at":"2026-02-30T00:00:00Z"}',
      422,
      "at",
    ],
    [
      "an instant without a zone",
      '{"email":"a@b.example","type":"x.y","at":"2026-02-03T00:00:00"}',
      422,
      "at",
    ],
  ])("%s is refused, never a failure of ours", async (_, body, status, field) => {
    const { call, warnings } = house;
    const answer = await call("POST", "/api/events", { body });
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.status).toBe(status);
    expect(answer.body.status).toBe(answer.status);
    if (field !== undefined) expect(answer.body.errors[0].field).toBe(field);
    expect(warnings).toEqual([]);
  });

  test("a body of more than a megabyte is refused", async () => {
    const { call } = house;
    const large = await call("POST", "/api/events", { body: EVENT(`{"a":"${"x".repeat(1024 * 1024)}"}`) });
    expect(large).toMatchObject({ status: 413, body: { type: "/api/docs#too-large" } });
  });

  test("no body, or one that is not said to be JSON, is refused", async () => {
    const { call } = house;
    expect((await call("POST", "/api/events")).status).toBe(422);
    const form = await call("POST", "/api/events", {
      body: EVENT("{}"),
      headers: { "content-type": "text/plain" },
    });
    expect(form).toMatchObject({ status: 415, body: { type: "/api/docs#media-type" } });
  });

  test.each([
    ["GET", "/api/leads/not-an-address", 400],
    ["GET", "/api/leads/a%00b%40c.example", 400],
    ["GET", "/api/leads/%E0%A4%A", 400],
    ["GET", "/api/leads/nobody@acme.example", 404],
    ["GET", "/api/messages/abc", 400],
    ["GET", "/api/messages/99999999999999999999", 400],
    ["GET", "/api/messages/7", 404],
    ["GET", "/api/sequences/__proto__", 404],
    ["GET", "/api/sequences/welcom", 404],
    ["GET", "/api/reps/nobody/notices", 404],
    ["GET", "/api/nothing", 404],
    ["DELETE", "/api/leads", 404],
  ])("%s %s is a problem document", async (method, path, status) => {
    const { call, warnings } = house;
    const answer = await call(method, path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(warnings).toEqual([]);
  });
});
