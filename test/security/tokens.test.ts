import { afterAll, beforeAll, expect, test } from "vitest";
import { ADA, act, created, openServer, type Server } from "./server.ts";

let server: Server;

beforeAll(async () => {
  server = await openServer();
  await server.arrive(ADA, created({ first_name: "Ada" }), act("welcome.asked"), act("demo.requested"));
  await server.settle();
});

afterAll(() => server.close());

test("a token that is none is answered like any other page that is not there, and changes nothing", async () => {
  const before = await server.contents();
  for (const path of ["o", "c", "u", "p", "f", "d", "v"])
    expect((await server.ask(`/t/${path}/abc`)).status).toBe(path === "o" ? 200 : 404);
  await server.settle();
  expect(await server.contents()).toEqual(before);
});
