import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { httpGetter } from "../../../src/tracking/providers/get.io.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const get = httpGetter({ allowPrivate: true });

test("gets what is there", async () => {
  expect(await get(await serve((_, answer) => answer.end("münchen")))).toBe("münchen");
});

test("asks nothing of this machine, of a private network, or without TLS", async () => {
  let asked = 0;
  const url = await serve((_, answer) => answer.end(String(asked++)));
  await expect(httpGetter()(url)).rejects.toThrow(/https/);
  await expect(httpGetter()(url.replace("http:", "https:"))).rejects.toThrow(/private|not allowed/i);
  await expect(httpGetter()("https://169.254.169.254/")).rejects.toThrow(/private|not allowed/i);
  expect(asked).toBe(0);
});

test("follows no redirect, and takes nothing but a 200", async () => {
  let asked = 0;
  const url = await serve((_, answer) => {
    asked++;
    answer.writeHead(302, { location: "/elsewhere" }).end("x");
  });
  await expect(get(url)).rejects.toThrow("answered 302");
  expect(asked).toBe(1);
});

test("reads no endless answer", async () => {
  const url = await serve((_, answer) => {
    const more = () => {
      while (!answer.destroyed && answer.write("x".repeat(16 * 1024)));
      if (!answer.destroyed) answer.once("drain", more);
    };
    more();
  });
  await expect(get(url)).rejects.toThrow("too long");
});
