import { generateKeyPairSync } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { eventInput } from "../../src/events/input.ts";
import { appendToInbox } from "../../src/events/inbox.store.ts";
import { DAY } from "../../src/instant.ts";
import { readProgrammeFiles } from "../../src/programme/files.io.ts";
import { signToken } from "../../src/email/token.ts";
import { trackingRoutes } from "../../src/tracking/tracking.routes.ts";
import { BASE, openHouse, sequence, type House } from "./sending-house.ts";

/** What people, forms and files hand us for names. */
const UGLY: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "plain@customer.example": { first_name: "Ada", company: "Acme" },
  "none@customer.example": {},
  "markup@customer.example": {
    first_name: `Zoë "Zed" <b>O'Neil</b>, Jr. & Co; (Ltd)`,
    company: `</td><script>alert(1)</script>"><img src=x onerror=alert(1)>`,
  },
  "emoji@customer.example": { first_name: "👩‍👩‍👧‍👦🎉".repeat(9), company: "🏳️‍🌈 & Söhne" },
  "rtl@customer.example": { first_name: "‮محمد‬ עברית", company: "شركة‏ " },
  "lines@customer.example": {
    first_name: "Eve\r\nBcc: x@y.example\r\n\r\nHi\0\u0007",
    company: "A\u2028B\u0085C",
  },
  "word@customer.example": { first_name: "x".repeat(10_000), company: "w".repeat(2000) },
  "wide@customer.example": { first_name: "あ".repeat(3400), company: "é".repeat(500) },
  "many@customer.example": { first_name: "Lorem, ipsum; ".repeat(700), company: ". ".repeat(500) },
  "coded@customer.example": {
    first_name: "=?UTF-8?B?QmNjOiB4QHkuZXhhbXBsZQ==?= =?UTF-8?Q?=0D=0A?=",
    company: "=?x?=",
  },
  "half@customer.example": { first_name: "\ud83d Half", company: "\udc00" },
  "zoë@customer.example": { first_name: "Zoë" },
};

const KEY = generateKeyPairSync("rsa", { modulusLength: 1024 })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();

let shipped: ReadonlyMap<string, string>;

beforeAll(async () => {
  shipped = await readProgrammeFiles("config", "templates");
});

/** The shipped company with one more sequence, that sends every template there is, and other settings. */
function company(change: (settings: Settings) => void): Record<string, string> {
  const settings = parse(shipped.get("config/kindling.yaml")!) as Settings;
  delete settings["caps"];
  delete settings.mail["rate"];
  settings.company["name"] = `Nörthbeam, "Lda" & Søns <🎉>`;
  change(settings);
  const names = [...shipped.keys()]
    .map((path) => /^templates\/(?!layouts|partials|system)(.*?)\.mjml$/.exec(path)?.[1])
    .filter((name) => name !== undefined && !/\.[a-z]{2}$/.test(name));
  expect(names.length).toBeGreaterThan(12);
  const every = sequence(
    "every",
    names.map((name) => `send: ${name}`),
  ).replace("title: The every", `title: 'Évery "mail", <there> =?is?= 🎉'`);
  return {
    ...Object.fromEntries([...shipped].filter(([path]) => !path.startsWith("config/sequences/"))),
    "config/kindling.yaml": stringify(settings),
    "config/sequences/every.yaml": every,
    "config/reps.yaml": shipped
      .get("config/reps.yaml")!
      .replace("name: Maria Lopes", `name: 'María "Mia" <Lopes>, MBA 🎉'`)
      .replace("- on: { did: email.replied }", "- on: { did: demo.requested }"),
  };
}

interface Settings {
  readonly company: Record<string, unknown>;
  readonly mail: Record<string, unknown>;
  [name: string]: unknown;
}

/** All in English, some in German too: the templates are others then, the attributes' ways the same. */
const LEADS = Object.entries(UGLY).flatMap(([email, attributes]) =>
  ["en", "de"]
    .filter((locale) => locale === "en" || /^(none|markup)/.test(email))
    .map((locale) => ({ email: `${locale}.${email}`, attributes: { ...attributes, locale } })),
);

/** Everybody gets everything there is: campaigns, the confirmation, their data; reps get notices and a digest. */
async function sendAll(house: House, leads: typeof LEADS): Promise<void> {
  for (const { email, attributes } of leads) await house.start(email, ["every"], attributes);
  const forms = ["en", "de"].map((locale) => ({
    to: { email: `form.${locale}@customer.example` },
    at: house.clock.now(),
    live: true,
    create: "form" as const,
    inputs: [
      eventInput("lead.created", "system", { attributes: { ...UGLY["markup@customer.example"], locale } }),
    ],
  }));
  await house.app.db.unit((trx) => appendToInbox(trx, forms));
  await house.settle();
  for (const { email } of leads) {
    await house.arrive(email, eventInput("demo.requested", "lead", {}));
    await askForData(house, email);
  }
  await house.until(house.clock.now() + DAY);
}

function routes(house: House) {
  const { app } = house;
  const { spine, tokenKeys, inbox, destinations } = app;
  const deps = {
    spine,
    clock: spine.clock,
    tokenKeys,
    inbox,
    destinations,
    baseUrl: BASE,
    proxies: null,
    hurry: () => {},
  };
  return trackingRoutes(deps);
}

async function askForData(house: House, email: string): Promise<void> {
  const [message] = await house.rows(email);
  const token = signToken(house.app.tokenKeys, "preferences", { message: message!.id });
  const body = new URLSearchParams({ do: "data" });
  const answer = await routes(house).request(`/t/p/${token}`, { method: "POST", body });
  expect(answer.status).toBe(200);
}

/** A gateway follows every link of every mail to these leads: nobody leaves, is confirmed, paused or forgotten. */
async function scan(house: House, emails: readonly string[]): Promise<void> {
  const mails = house.sink.mails.filter(({ to }) => emails.includes(to));
  const paths = mails.flatMap(({ raw }) => {
    const text = raw.replaceAll(/=\r\n/g, "").replaceAll("=3D", "=");
    return [...text.matchAll(/https:\/\/mail\.acme\.example(\/t\/[a-z]\/[\w-]+(?:\.gif)?)/g)].map(
      ([, path]) => path!,
    );
  });
  const kinds = new Set(paths.map((path) => path.slice(0, "/t/x".length)));
  expect([...kinds].sort()).toEqual(expect.arrayContaining(["/t/d", "/t/f", "/t/p", "/t/u", "/t/v"]));
  const visits = [...new Set(paths)].flatMap((path) => ["GET", "HEAD"].map((method) => ({ method, path })));
  expect(visits.length).toBeGreaterThan(100);
  for (const { method, path } of visits) {
    const { status } = await routes(house).request(path, { method });
    // The hidden link leads where the first one does, and a mail may have none.
    if (!path.startsWith("/t/c/")) expect([path, status]).toEqual([path, 200]);
  }
  await house.settle();
  const leads = await Promise.all(emails.map((email) => house.lead(email)));
  expect(leads).toMatchObject([
    { suppressed: null, pausedUntil: null, confirmed: true },
    { suppressed: null, pausedUntil: null, confirmed: false },
  ]);
  for (const email of emails)
    for (const type of ["consent.given", "email.unsubscribed", "preferences.changed", "sequences.paused"])
      expect(await house.log(email, type)).toEqual([]);
}

test.each([
  [
    "signed, with its own return path, tracked",
    LEADS,
    (settings: Settings) => {
      settings.mail["dkim"] = { domain: "northbeam.example", selector: "k1", key_file: "secrets/dkim.pem" };
      settings.mail["from"] = '"Nörth, Beam & (Søns) 🎉" <hello@northbeam.example>';
    },
  ],
  [
    "unsigned, without a return path of its own, untracked",
    LEADS.filter(({ email }) => /plain|none|markup/.test(email)),
    (settings: Settings) => {
      delete settings.mail["bounces"];
      settings["tracking"] = { opens: false, clicks: false };
    },
  ],
])(
  "every mail there is, to anybody, in every language, is right in every byte (%s)",
  async (_, leads, change) => {
    const house = await openHouse({ files: { ...company(change), "secrets/dkim.pem": KEY } });
    await sendAll(house, leads);
    const rows = await house.rows();
    expect(
      rows
        .filter(({ state }) => state !== "sent")
        .map(({ state, reason, recipient }) => [recipient, state, reason]),
    ).toEqual([]);
    expect(house.sink.mails).toHaveLength(rows.length);
    expect(new Set(rows.map(({ kind }) => kind))).toEqual(
      new Set(["sequence", "confirmation", "notice", "digest"]),
    );
    await scan(house, ["en.plain@customer.example", "form.en@customer.example"]);
    for (const { email } of leads) {
      const { raw } = house.sink.mails.find(
        ({ to, raw: bytes }) => to === email && /^List-Unsubscribe:/m.test(bytes),
      )!;
      const path = /^List-Unsubscribe:\s*<[^>]*(\/t\/u\/[^>]+)>/m.exec(raw)![1]!;
      const body = new URLSearchParams({ "List-Unsubscribe": "One-Click" });
      expect((await routes(house).request(path, { method: "POST", body })).status).toBe(200);
    }
    await house.settle();
    const left = await Promise.all(leads.map(({ email }) => house.lead(email)));
    expect(left.filter(({ suppressed }) => suppressed !== "unsubscribed")).toEqual([]);
  },
);
