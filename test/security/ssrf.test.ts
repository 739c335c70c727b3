import dns, { Resolver, type LookupAddress, type LookupOptions } from "node:dns";
import { Agent, createServer, type AgentOptions } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { httpPoster } from "../../src/sending/post.io.ts";
import { openNameServer } from "../commands/dns-server.ts";
import { COMPANY } from "./company.ts";
import { act, ADA, created, openServer, type Server } from "./server.ts";

const REFUSED = /^refused: the address leads into a private or reserved network \(/;

/** Stands in this machine's private network: nobody may reach it. */
let inner: { port: number; reached: number; close(): Promise<void> };

beforeAll(async () => {
  let reached = 0;
  const server = createServer((_request, answer) => answer.end()).on("connection", () => reached++);
  // On every address of this machine, of both families.
  await new Promise<void>((resolve) => server.listen(0, resolve));
  inner = {
    port: (server.address() as AddressInfo).port,
    get reached() {
      return reached;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
});

afterAll(() => inner.close());

const SPELLINGS = [
  "127.0.0.1",
  "127.1",
  "127.0.1",
  "0x7f.1",
  "0x7f000001",
  "0177.0.0.1",
  "017700000001",
  "2130706433",
  "127.255.255.254",
  "①②⑦.⓪.⓪.①",
  "127。0。0。1",
  "１２７.0.0.1",
  "0",
  "0.0.0.0",
  "0.1.2.3",
  "[::1]",
  "[::]",
  "[0:0:0:0:0:0:0:1]",
  "[::127.0.0.1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[::ffff:0:127.0.0.1]",
  "[64:ff9b::127.0.0.1]",
  "[64:ff9b:1::7f00:1]",
  "[2002:7f00:1::1]",
  "[fe80::1]",
  "[fc00::1]",
  "[fd00:ec2::254]",
  "[fec0::1]",
  "[ff02::1]",
  "10.0.0.1",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "169.254.169.254",
  "0xa9fea9fe",
  "[::ffff:a9fe:a9fe]",
  "100.64.0.1",
  "168.63.129.16",
  "192.0.0.1",
  "198.18.0.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "localhost",
  "localhost.",
  "LOCALHOST",
  "user@127.0.0.1",
  "public.example@127.0.0.1",
  "public.example:80@127.0.0.1",
  "public.example%00@127.0.0.1",
];

describe("a webhook of the running server", () => {
  let server: Server;
  beforeAll(async () => {
    const urls = [
      ...SPELLINGS.flatMap((host) => [`http://${host}:${inner.port}/`, `https://${host}:${inner.port}/`]),
      `http://127.0.0.1:${inner.port}\\@public.example/`,
      `http://127.0.0.1:${inner.port}#@public.example/`,
      `HTTP://127.0.0.1:${inner.port}/`,
    ];
    const lines = urls.map(
      (url, index) => `  - { webhook: w${index}, url: ${JSON.stringify(url)}, on: [demo.asked] }\n`,
    );
    server = await openServer({
      files: {
        "config/kindling.yaml": `${COMPANY["config/kindling.yaml"]}webhooks:\n${lines.join("")}`,
        "config/reps.yaml": `${COMPANY["config/reps.yaml"]}channels: { chat: { url_env: CHAT_URL } }\n`,
      },
      environment: { CHAT_URL: `http://[::ffff:127.0.0.1]:${inner.port}/` },
    });
  });
  afterAll(() => server.close());

  test("reaches no private address, however that is spelt; it says why, and so does the chat", async () => {
    await server.arrive(ADA, created(), act("demo.asked"), act("demo.requested"));
    await server.settle();
    const rows = await server.app.db.kysely.selectFrom("webhook_deliveries").selectAll().execute();
    expect(new Set(rows.map(({ webhook }) => webhook)).size).toBe(2 * SPELLINGS.length + 3 + 1);
    for (const { webhook, state, error } of rows) {
      expect(`${webhook} ${state}`).toBe(`${webhook} waiting`);
      // Not every resolver knows `localhost.`.
      if (error !== "getaddrinfo ENOTFOUND localhost.") expect(error).toMatch(REFUSED);
    }
    expect(inner.reached).toBe(0);
  });
});

test("what is no web address is refused before anything is looked up", async () => {
  const post = httpPoster();
  for (const scheme of ["file", "gopher", "ftp", "unix", "data", "ws", "javascript", "http+unix"]) {
    const sent = post({ url: `${scheme}://127.0.0.1:${inner.port}/`, headers: {}, body: "{}" });
    await expect(sent).rejects.toThrow("the address is not http or https");
  }
  expect(inner.reached).toBe(0);
});

test("all of this would be found out: without the guard the same spellings do get there", async () => {
  const before = inner.reached;
  const post = httpPoster({ allowPrivate: true });
  for (const host of ["127.1", "2130706433", "①②⑦.⓪.⓪.①", "localhost", "public.example@127.0.0.1"])
    expect(await post({ url: `http://${host}:${inner.port}/`, headers: {}, body: "{}" })).toBe(200);
  expect(inner.reached - before).toBe(5);
});

describe("a name", () => {
  const PUBLIC = "93.184.215.14";
  const NAME = "hooks.partner.example";
  /** What the name server says, one after another; the last again and again. */
  let answers: (readonly string[])[];
  let outer: { reached: number; answer: { status: number; location: string } };
  const post = () => httpPoster()({ url: `http://${NAME}:${inner.port}/`, headers: {}, body: "{}" });

  beforeEach(async () => {
    const found: typeof outer = { reached: 0, answer: { status: 200, location: "" } };
    const server = createServer((_request, response) => {
      found.reached++;
      const { status, location } = found.answer;
      response.writeHead(status, location === "" ? {} : { location }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    outer = found;
    const records = {
      get [`A ${NAME}`]() {
        return (answers.length > 1 ? answers.shift()! : answers[0]!).filter((one) => !one.includes(":"));
      },
      get [`AAAA ${NAME}`]() {
        return answers[0]!.filter((one) => one.includes(":"));
      },
    };
    const names = await openNameServer(records);
    const undo = connectThisProcess(names.address, PUBLIC, (server.address() as AddressInfo).port);
    onTestFinished(async () => {
      undo();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await names.close();
    });
  });

  test("of a public address is posted to", async () => {
    answers = [[PUBLIC]];
    expect(await post()).toBe(200);
    expect(outer.reached).toBe(1);
  });

  test.each([
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "0.0.0.0",
    "::1",
    "::",
    "::ffff:7f00:1",
    "::7f00:1",
    "fd00::1",
    "168.63.129.16",
  ])("that leads to %s is refused", async (address) => {
    const before = inner.reached;
    answers = [[address]];
    await expect(post()).rejects.toThrow(REFUSED);
    expect(inner.reached).toBe(before);
  });

  test("that leads to a private address beside a public one is refused", async () => {
    const before = inner.reached;
    answers = [[PUBLIC, "127.0.0.1"]];
    await expect(post()).rejects.toThrow(REFUSED);
    expect([inner.reached, outer.reached]).toEqual([before, 0]);
  });

  test("that leads elsewhere each time it is asked for is asked for once: what is looked at is what is connected to", async () => {
    const before = inner.reached;
    answers = [[PUBLIC], ["127.0.0.1"], [PUBLIC], ["10.0.0.1"]];
    expect(await post()).toBe(200);
    await expect(post()).rejects.toThrow(REFUSED);
    expect(await post()).toBe(200);
    await expect(post()).rejects.toThrow(REFUSED);
    expect([inner.reached, outer.reached]).toEqual([before, 2]);
  });

  test.each([301, 302, 303, 307, 308])(
    "that answers %s is not followed to a private address",
    async (status) => {
      const before = inner.reached;
      answers = [[PUBLIC]];
      outer.answer = { status, location: `http://127.0.0.1:${inner.port}/` };
      expect(await post()).toBe(status);
      expect([inner.reached, outer.reached]).toEqual([before, 1]);
    },
  );
});

/**
 * From here on this process asks that name server, and `address` stands for a server on this machine: what the internet
 * would do. Returns what ends that.
 */
function connectThisProcess(nameServer: string, address: string, port: number): () => void {
  const resolver = new Resolver({ tries: 1, timeout: 2000 });
  resolver.setServers([nameServer]);
  const { lookup } = dns;
  const agent = Agent.prototype as unknown as { createConnection: Connect };
  const { createConnection } = agent;

  const ask = (name: string, type: "A" | "AAAA") =>
    new Promise<string[]>((resolve) =>
      resolver.resolve(name, type, (error, found) => resolve(error ? [] : (found as string[]))),
    );
  dns.lookup = ((name: string, options: LookupOptions, answer: Answered) => {
    void Promise.all([ask(name, "AAAA"), ask(name, "A")]).then(([six, four]) => {
      const found = [
        ...four.map((one) => ({ address: one, family: 4 })),
        ...six.map((one) => ({ address: one, family: 6 })),
      ];
      if (options.all) answer(null, found);
      else answer(null, found[0]!.address, found[0]!.family);
    });
  }) as typeof dns.lookup;
  syncBuiltinESMExports();
  // What the guard lets through is connected to, as Node would; but one address leads to another.
  agent.createConnection = function (options, done) {
    options.lookup!(options.host!, { all: true }, (error, found) => {
      if (error) return done(error);
      const to = (found as LookupAddress[])[0]!;
      const moved =
        to.address === address
          ? { port, address: "127.0.0.1" }
          : { port: options.port!, address: to.address };
      done(null, createConnection.call(this, { ...options, host: moved.address, port: moved.port }, done)!);
    });
    return undefined;
  };
  return () => {
    dns.lookup = lookup;
    syncBuiltinESMExports();
    agent.createConnection = createConnection;
  };
}

type Answered = (error: Error | null, found: string | LookupAddress[], family?: number) => void;
interface Connection extends AgentOptions {
  readonly port?: number;
  readonly host?: string;
  readonly lookup?: (name: string, options: LookupOptions, answer: Answered) => void;
}
type Connect = (
  this: unknown,
  options: Connection,
  done: (error: Error | null, stream?: Duplex) => void,
) => Duplex | undefined;
