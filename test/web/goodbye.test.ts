import { once } from "node:events";
import { Agent, createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { stopListening } from "../../src/web/goodbye.io.ts";

test("a server stops while clients ask on over connections that they keep, and owes nobody an answer", async () => {
  let received = 0;
  const server = createServer((_request, response) => {
    received++;
    setImmediate(() => response.end("here"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const ask = () =>
    new Promise<boolean>((resolve) => {
      get({ agent, port, host: "127.0.0.1" }, (answer) => {
        answer.resume().on("end", () => resolve(true));
      }).on("error", () => resolve(false));
    });

  let answered = 0;
  let stopped: Promise<void> | undefined;
  const clients = Array.from({ length: 4 }, async () => {
    while (await ask()) if (++answered === 20) stopped = stopListening(server);
  });
  await Promise.all(clients);
  await stopped;
  expect(answered).toBe(received);
  agent.destroy();
});
