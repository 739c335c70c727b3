import { generateKeyPairSync } from "node:crypto";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMPANY } from "./company.ts";
import { memoryUsed } from "./memory.ts";
import { routesOf } from "./routes.ts";
import { openServer, type Server } from "./server.ts";

const KB = 1024;
const MB = 1024 * KB;
/** The largest body that any route takes is a mail of 32 MB; what the sockets hold comes on top. */
const MOST_TAKEN = 48 * MB;

/** These do what their address says, and leave the body where it is: nobody has such a token. */
const UNREAD = /^POST \/t\/[uf]\//;
/** These look at the body only where it may matter. */
const READ = /^\w+ \/(api\/|hooks\/|t\/e|hold|login)/;

const PROVIDERS = `
providers:
  ses: { topic: "arn:aws:sns:eu-west-1:123456789012:kindling" }
  sendgrid: { public_key: ${generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "der", type: "spki" }).toString("base64")} }
  mailgun: { signing_key_env: MAILGUN_KEY }
  postmark: { login_env: POSTMARK_LOGIN }
`;

let server: Server;
beforeAll(async () => {
  server = await openServer({
    files: { "config/kindling.yaml": `${COMPANY["config/kindling.yaml"]}${PROVIDERS}` },
    environment: { MAILGUN_KEY: "key", POSTMARK_LOGIN: "user:password" },
    patience: { headersTimeout: 300, requestTimeout: 1500, connectionsCheckingInterval: 50 },
  });
});
afterAll(() => server.close());

/** What takes bodies, with an address that leads there. */
function bodyRoutes(): string[] {
  return routesOf(server).filter((route) => /^(POST|PUT|DELETE|PATCH) /.test(route));
}

interface Sender {
  /** Done when there is room for more; false: the server has answered, or closed the connection. */
  write(bytes: string | Uint8Array): Promise<boolean>;
  end(): void;
  destroy(): void;
  /** All that came back, once the connection is closed. */
  readonly said: Promise<string>;
}

function send(route: string, headers: readonly string[]): Sender {
  const [method, path] = route.replaceAll(/:\w+(\{[^}]*\})?/g, "1").split(" ");
  const socket = connect(server.port, "127.0.0.1");
  let text = "";
  let goOn = () => {};
  socket.setEncoding("latin1").on("data", (part: string) => {
    text += part;
    goOn();
  });
  socket.on("drain", () => goOn()).on("close", () => goOn());
  socket.on("error", () => {});
  const said = new Promise<string>((resolve) => socket.on("close", () => resolve(text)));
  const head = [
    `${method} ${path} HTTP/1.1`,
    "host: 127.0.0.1",
    `authorization: Bearer ${server.keys.admin}`,
    `origin: http://127.0.0.1`,
    "content-type: application/json",
    ...headers,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  return {
    write: async (bytes) => {
      if (socket.destroyed || text !== "") return false;
      if (!socket.write(bytes)) await new Promise<void>((resolve) => (goOn = resolve));
      return !socket.destroyed && text === "";
    },
    end: () => socket.end(),
    destroy: () => socket.destroy(),
    said,
  };
}

function statusOf(said: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(said)?.[1] ?? 0);
}

/** Beside what providers are refused for, some times a minute. */
function logged(): string[] {
  return server.log.filter((line) => !line.includes("a provider's webhook is refused"));
}

/** Others are served meanwhile. */
async function answersOthers(): Promise<void> {
  expect((await server.ask("/healthz")).status).toBe(200);
  expect((await server.ask("/api/leads", { as: "admin" })).status).toBe(200);
}

describe("every route that takes a body", () => {
  test("refuses one that says it is too large before it has come", async () => {
    const statuses = await Promise.all(
      bodyRoutes().map(async (route) => {
        const sender = send(route, [`content-length: ${900 * MB}`]);
        await sender.write("{".repeat(KB));
        return `${route} ${statusOf(await sender.said)}`;
      }),
    );
    expect(statuses).toEqual(bodyRoutes().map((route) => `${route} ${UNREAD.test(route) ? 404 : 413}`));
    expect(logged()).toEqual([]);
  });

  test("cuts off one without an end, keeps none of it, and serves others meanwhile", async () => {
    const block = Buffer.from(`${(64 * KB).toString(16)}\r\n${" ".repeat(64 * KB)}\r\n`);
    const before = memoryUsed();
    const statuses: string[] = [];
    for (const route of bodyRoutes()) {
      const sender = send(route, ["transfer-encoding: chunked"]);
      let sent = 0;
      while (sent < MOST_TAKEN && (await sender.write(block))) {
        sent += block.length;
      }
      expect(sent, route).toBeLessThan(MOST_TAKEN);
      // Others of its kind would go on.
      sender.destroy();
      statuses.push(`${route} ${statusOf(await sender.said)}`);
    }
    await answersOthers();
    expect(statuses).toEqual(bodyRoutes().map((route) => `${route} ${UNREAD.test(route) ? 404 : 413}`));
    // What a connection that has just ended held is let go of a moment later.
    await expect.poll(() => memoryUsed() - before, { timeout: 10_000 }).toBeLessThan(8 * MB);
    expect(logged()).toEqual([]);
  });

  test("gives one up that comes a byte at a time, and serves others meanwhile", async () => {
    const slow = bodyRoutes().map(async (route) => {
      const sender = send(route, ["content-length: 5000"]);
      const dripping = setInterval(() => void sender.write(" "), 20);
      const status = statusOf(await sender.said);
      clearInterval(dripping);
      return `${route} ${status}`;
    });
    await answersOthers();
    const statuses = await Promise.all(slow);
    const read = statuses.filter((line) => READ.test(line));
    expect(read.filter((line) => !line.endsWith(" 408"))).toEqual([]);
    // Answered before all was there: the token is none, or the address says it all.
    const others = statuses.filter((line) => !READ.test(line));
    expect(others.filter((line) => !/ (303|40[48])$/.test(line))).toEqual([]);
    await answersOthers();
    expect(logged()).toEqual([]);
  });

  test("answers one that is shorter or longer than it says with no failure of ours", async () => {
    for (const [length, body] of [
      [200, "{}"],
      [1, '{"email":"a@b.example"}'],
      [0, '{"email":"a@b.example"}'],
    ] as const) {
      const statuses = await Promise.all(
        bodyRoutes().map(async (route) => {
          const sender = send(route, [`content-length: ${length}`]);
          await sender.write(body);
          sender.end();
          const said = await sender.said;
          // The rest is read as the next request, which is none.
          return [...said.matchAll(/HTTP\/1\.1 (\d)/g)].map(([, first]) => first).join("");
        }),
      );
      expect(statuses.filter((status) => !/^[234]*$/.test(status))).toEqual([]);
    }
    expect(logged()).toEqual([]);
  });

  test("inflates nothing: a small body that stands for 64 MB is a small body", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MB));
    const before = memoryUsed();
    for (const route of bodyRoutes()) {
      const sender = send(route, [
        "content-encoding: gzip",
        "accept-encoding: gzip",
        "connection: close",
        `content-length: ${bomb.length}`,
      ]);
      await sender.write(bomb);
      const status = statusOf(await sender.said);
      expect(status, route).toBeGreaterThanOrEqual(200);
      expect(status, route).toBeLessThan(500);
    }
    // What a connection that has just ended held is let go of a moment later.
    await expect.poll(() => memoryUsed() - before, { timeout: 10_000 }).toBeLessThan(8 * MB);
    expect(logged()).toEqual([]);
  });
});

test("headers that come a byte at a time, or never, hold a connection for a moment; a hundred of them nobody else", async () => {
  const slow = Array.from({ length: 100 }, (_, each) => {
    const socket = connect(server.port, "127.0.0.1");
    let text = "";
    socket.on("error", () => {}).on("data", (part: Buffer) => (text += part.toString("latin1")));
    if (each > 0) socket.write("GET / HTTP/1.1\r\nhost: x\r\n");
    const dripping = setInterval(() => each > 0 && socket.write("x"), 20);
    return new Promise<number>((resolve) =>
      socket.on("close", () => {
        clearInterval(dripping);
        resolve(statusOf(text));
      }),
    );
  });
  await answersOthers();
  expect(new Set(await Promise.all(slow))).toEqual(new Set([408]));
  expect(logged()).toEqual([]);
});
