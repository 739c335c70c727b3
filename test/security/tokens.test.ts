import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readToken, signToken, tokenKeys, type TokenFields, type TokenKind } from "../../src/email/token.ts";
import { isHex, mutated } from "./mutations.ts";
import { pipelined, type Sent } from "./pipeline.ts";
import { ADA, act, created, FORM, openServer, readable, SECRET, type Server } from "./server.ts";

/** Of each kind, so that there are 25,000 in all; TOKENS=10000 asks for more. */
const COUNT = Number(process.env["TOKENS"] ?? 2_500);
const BOB = "bob@customer.example";
const CLARA = "clara@customer.example";

/** Where a token of each kind is taken, and how. */
const ENDPOINTS = {
  open: [get("/t/o/", ".gif"), get("/t/o/")],
  click: [get("/t/c/")],
  unsubscribe: [post("/t/u/", "List-Unsubscribe=One-Click"), get("/t/u/")],
  preferences: [post("/t/p/", "do=off"), post("/t/p/", "do=data"), get("/t/p/")],
  view: [get("/t/v/")],
  answer: [post("/r/", "answer=not_a_fit"), get("/r/"), get("/r/", "?answer=mine")],
  confirm: [post("/t/f/", ""), get("/t/f/")],
  mydata: [post("/t/d/", "do=forget-me"), post("/t/d/", "do=data"), get("/t/d/")],
  visitor: [
    (token: string, sender: number): Sent => ({
      method: "POST",
      path: "/t/e",
      // From an address of its own each: strangers are held to some a minute.
      headers: { "x-forwarded-for": `10.${sender >> 16}.${(sender >> 8) & 255}.${sender & 255}` },
      body: JSON.stringify({ type: "page.viewed", url: "https://www.acme.example/pricing", visitor: token }),
    }),
  ],
  verp: [inbound("b")],
  leave: [inbound("u")],
} as const satisfies Record<TokenKind, readonly ((token: string, sender: number) => Sent)[]>;

const KINDS = Object.keys(ENDPOINTS) as TokenKind[];

/** Two genuine tokens of each kind, as they stood in mails, links and answers. */
let tokens: Readonly<Record<TokenKind, readonly [string, string]>>;
let server: Server;
let ingest = "";

beforeAll(async () => {
  server = await openServer({ environment: { TRUST_PROXY: "1" } });
  ingest = `Bearer ${server.keys.ingest}`;
  await server.arrive(ADA, created(), act("welcome.asked"), act("demo.requested"));
  await server.arrive(CLARA, created(), act("welcome.asked"), act("demo.requested"));
  await server.settle();
  const visitors = await Promise.all([BOB, "bert@customer.example"].map(fillIn));
  for (const to of [ADA, CLARA]) {
    await server.ask(`/t/p/${linked(to, "/t/p/")}`, { method: "POST", headers: FORM, body: "do=data" });
  }
  await server.settle();
  const both = (path: string, suffix = "", people = [ADA, CLARA]) =>
    [linked(people[0]!, path, suffix), linked(people[1]!, path, suffix)] as const;
  const returnPath = (to: string) =>
    /^b-([0-9a-f]+)@/.exec(server.mails.find((mail) => mail.to === to)!.from)![1]!;
  const leaving = (to: string) =>
    /<mailto:u-([0-9a-f]+)@/.exec(server.mails.find((mail) => mail.to === to)!.raw)![1]!;
  const notices = server.mails.filter(({ to }) => to.endsWith("@acme.example"));
  tokens = {
    open: both("/t/o/", ".gif"),
    click: both("/t/c/"),
    unsubscribe: both("/t/u/"),
    preferences: both("/t/p/"),
    view: both("/t/v/"),
    answer: [tokenIn(notices[0]!.raw, "/r/"), tokenIn(notices[1]!.raw, "/r/")],
    confirm: both("/t/f/", "", [BOB, "bert@customer.example"]),
    mydata: both("/t/d/"),
    visitor: [visitors[0]!, visitors[1]!],
    verp: [returnPath(ADA), returnPath(CLARA)],
    leave: [leaving(ADA), leaving(CLARA)],
  };
});

afterAll(() => server.close());

describe("a token that is none", () => {
  test.each(KINDS)(
    "of the kind %s, thousands of times: nothing changes, and there is one and the same answer",
    async (kind) => {
      const neighbours = neighboursOf(kind);
      const texts = mutated(kind, tokens[kind], neighbours, COUNT);
      expect(texts).toHaveLength(COUNT);
      const before = await server.contents();
      const [main, ...others] = ENDPOINTS[kind] as readonly ((token: string, sender: number) => Sent)[];
      const nonsense = only(await pipelined(server.port, [main!("nonsense", 0)]));
      expect(only(await pipelined(server.port, packed(kind, texts, main!)))).toBe(nonsense);
      for (const other of others) {
        const some = texts.filter((_text, index) => index % 10 === 0);
        const answer = only(await pipelined(server.port, [other("nonsense", 0)]));
        expect(only(await pipelined(server.port, packed(kind, some, other)))).toBe(answer);
      }
      await server.settle();
      expect(await server.contents()).toEqual(before);
      expect(server.log).toEqual([]);
    },
  );

  test("is one that is genuine elsewhere: each kind at every other kind's endpoint", async () => {
    const before = await server.contents();
    for (const kind of KINDS) {
      for (const endpoint of ENDPOINTS[kind]) {
        const nonsense = only(await pipelined(server.port, [endpoint("nonsense", 0)]));
        const foreign = KINDS.filter((other) => other !== kind).flatMap((other) => tokens[other]);
        const sent = foreign.map((token, sender) => endpoint(token, sender));
        expect(only(await pipelined(server.port, sent)), kind).toBe(nonsense);
      }
    }
    await server.settle();
    expect(await server.contents()).toEqual(before);
  });

  test("opens neither the API nor the dashboard", async () => {
    for (const [sender, token] of KINDS.flatMap((kind) => tokens[kind]).entries()) {
      // From an address of its own each, or the guard against guessing would answer.
      const headers = { authorization: `Bearer ${token}`, "x-forwarded-for": `10.9.9.${sender}` };
      expect((await server.ask("/api/leads", { headers })).status).toBe(401);
      expect((await server.ask("/leads/ada", { headers: { ...headers, via: "proxy" } })).status).toBe(401);
    }
  });

  test("or is one of a mail that is no more: nobody is changed, and nothing tells", async () => {
    const before = await server.contents();
    const answers = await Promise.all(
      [1e6, 2e6].map(async (message) => {
        const ours = (kind: "open" | "unsubscribe" | "preferences" | "view") =>
          signed(kind, { message } as TokenFields[typeof kind]);
        return Promise.all([
          server.ask(`/t/o/${ours("open")}.gif`),
          server.ask(`/t/u/${ours("unsubscribe")}`),
          server.ask(`/t/u/${ours("unsubscribe")}`, { method: "POST" }),
          server.ask(`/t/p/${ours("preferences")}`),
          server.ask(`/t/p/${ours("preferences")}`, { method: "POST", headers: FORM, body: "do=off" }),
          server.ask(`/t/v/${ours("view")}`),
        ]);
      }),
    );
    expect(answers[0]!.map(({ status }) => status)).toEqual([200, 200, 200, 404, 404, 404]);
    expect(without(answers[0])).toEqual(without(answers[1]));
    await server.settle();
    expect(await server.contents()).toEqual(before);
  });
});

test("after all of that the genuine ones still do what they are for", async () => {
  const statuses = async (kind: TokenKind) => {
    const sent = ENDPOINTS[kind].map((endpoint) => endpoint(tokens[kind][0], 1));
    const asked = await Promise.all(sent.map((one) => server.ask(one.path, one)));
    return asked.map(({ status }) => status);
  };
  expect(await statuses("open")).toEqual([200, 200]);
  expect(await statuses("click")).toEqual([302]);
  expect(await statuses("view")).toEqual([200]);
  expect(await statuses("visitor")).toEqual([204]);
  expect(await statuses("confirm")).toEqual([200, 200]);
  expect(await statuses("answer")).toEqual([200, 200, 200]);
  await server.settle();
  const log = await server.app.db.kysely.selectFrom("events").select("type").execute();
  expect(log.map(({ type }) => type)).toEqual(
    expect.arrayContaining([
      "email.opened",
      "email.clicked",
      "page.viewed",
      "consent.given",
      "notice.answered",
    ]),
  );
  expect(await statuses("verp")).toEqual([202]);
  expect(await statuses("leave")).toEqual([202]);
  expect(await statuses("preferences")).toEqual([200, 200, 200]);
  expect(await statuses("unsubscribe")).toEqual([200, 200]);
  expect((await statuses("mydata"))[0]).toBe(200);
  await server.settle();
  const left = await server.app.db.kysely.selectFrom("leads").select("email").execute();
  expect(left.map(({ email }) => email)).not.toContain(ADA);
});

/** The numbers that a genuine token names, and those around them. */
function neighboursOf<K extends TokenKind>(kind: K): TokenFields[K][] {
  const fields = readToken(tokenKeys([SECRET]), kind, tokens[kind][0])!;
  const around = Array.from({ length: 40 }, (_, step) => step - 20);
  return around.flatMap((step) =>
    Object.entries(fields).flatMap(([name, value]) =>
      typeof value === "number" ? [{ ...fields, [name]: Math.max(0, value + step) }] : [],
    ),
  );
}

function get(path: string, suffix = "") {
  return (token: string): Sent => ({ method: "GET", path: path + token + suffix });
}

function post(path: string, body: string) {
  return (token: string): Sent => ({ method: "POST", path: path + token, headers: FORM, body });
}

/** A bounce, or a wish to leave, sent to an address of ours with this token; with each of several, parted by spaces. */
function inbound(mark: "b" | "u") {
  return (token: string): Sent => {
    const to = token.split(" ").map((one) => `${mark}-${one}@bounces.acme.example`);
    const bounce =
      `Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\nNo such user.\r\n` +
      `--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.customer.example\r\n\r\n` +
      `Final-Recipient: rfc822; ${ADA}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--x--\r\n`;
    return {
      method: "POST",
      path: "/hooks/inbound",
      headers: { authorization: ingest, "content-type": "message/rfc822" },
      body: `From: somebody@elsewhere.example\r\nAuto-Submitted: auto-generated\r\nTo: ${to.join(",\r\n ")}\r\n${mark === "b" ? bounce : "\r\nunsubscribe\r\n"}`,
    };
  };
}

/** One request a token; a mail is read for forty at once, which takes as long as for one. */
function packed(
  kind: TokenKind,
  texts: readonly string[],
  endpoint: (token: string, sender: number) => Sent,
): Sent[] {
  if (!isHex(kind)) return texts.map(endpoint);
  const forties = Array.from({ length: Math.ceil(texts.length / 40) }, (_, place) =>
    texts.slice(40 * place, 40 * place + 40).join(" "),
  );
  return forties.map(endpoint);
}

/** The one answer that all got. */
function only(answers: ReadonlyMap<string, number>): string {
  expect([...answers.keys()].slice(1)).toEqual([]);
  return [...answers.keys()][0]!;
}

function without(answers: readonly { readonly text: string }[] | undefined) {
  return answers?.map((answer) => ({ ...answer, text: answer.text.replaceAll(/\/t\/p\/[\w-]+/g, "") }));
}

function signed<K extends TokenKind>(kind: K, fields: TokenFields[K]): string {
  return signToken(tokenKeys([SECRET]), kind, fields);
}

/** A stranger's form: → the token by which that browser is known. */
async function fillIn(email: string): Promise<string> {
  const body = JSON.stringify({ type: "form.submitted", form: "signup", email, fields: {} });
  const answer = await server.ask("/t/e", { method: "POST", body });
  return (JSON.parse(answer.text) as { visitor: string }).visitor;
}

/** The token behind this path in a mail that they got. */
function linked(to: string, path: string, suffix = ""): string {
  const mail = server.mails.find((one) => one.to === to && readable(one.raw).includes(path))!;
  return tokenIn(mail.raw, path, suffix);
}

function tokenIn(raw: string, path: string, suffix = ""): string {
  return new RegExp(`${path}([\\w-]+)${suffix}`).exec(readable(raw))![1]!;
}
