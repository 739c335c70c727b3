import { spawn } from "node:child_process";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { baseUrl, mailRecords, smtpLogin } from "../../src/commands/doctor-mail.ts";
import { secret } from "../../src/commands/doctor-home.ts";
import { readEnvironment } from "../../src/config/environment.io.ts";
import type { MailSettings } from "../../src/config/settings.ts";
import { openNames } from "../../src/email/names.io.ts";
import { judgeDkim, judgeDmarc, judgeSpf, type Finding } from "../../src/email/records.ts";
import { ROOT } from "../docs.ts";
import { openSink } from "../flows/sending-sink.ts";
import { openNameServer } from "./dns-server.ts";
import { inFolder } from "./process.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const pem = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  type: "pkcs8",
  format: "pem",
}) as string;
const key = createPublicKey(pem).export({ type: "spki", format: "der" }).toString("base64");
const RECORDS = {
  "TXT bounces.acme.example": ["other=1", "v=spf1 include:spf.provider.example -all"],
  "TXT spf.provider.example": ["v=spf1 ip4:192.0.2.0/24 -all"],
  "TXT k1._domainkey.acme.example": [`v=DKIM1; k=rsa; p=${key}`],
  "TXT _dmarc.acme.example": ["v=DMARC1; p=reject"],
  "MX bounces.acme.example": ["mx.acme.example"],
  "A mail.acme.example": ["192.0.2.1"],
};

async function names(records: Readonly<Record<string, readonly string[]>>) {
  const server = await openNameServer(records);
  closers.push(server.close);
  return { names: openNames(server.address), address: server.address };
}

function mail(folder: string): MailSettings {
  writeFileSync(join(folder, "dkim.pem"), pem);
  return {
    from: { name: null, address: "ada@mail.acme.example" },
    dkim: { domain: "acme.example", selector: "k1", keyFile: join(folder, "dkim.pem") },
    bounces: { domain: "bounces.acme.example", softLimit: 3 },
  } as MailSettings;
}

function levels(found: readonly Finding[]): string[] {
  return found.map(({ about, level }) => `${about} ${level}`);
}

test("the records of a domain that is set up well are all right, the key compared with the file", async () => {
  await inFolder(async (folder) => {
    const found = await mailRecords(mail(folder), folder, (await names(RECORDS)).names);
    expect(levels(found)).toEqual(["spf ok", "dkim ok", "dmarc ok", "mx ok", "mx ok"]);
  });
});

test("a domain without records gets each one to publish, word for word", async () => {
  await inFolder(async (folder) => {
    const found = await mailRecords(mail(folder), folder, (await names({})).names);
    expect(levels(found)).toEqual(["spf wrong", "dkim wrong", "dmarc wrong", "mx wrong", "mx wrong"]);
    expect(found[1]!.todo).toBe(`publish TXT on k1._domainkey.acme.example: v=DKIM1; k=rsa; p=${key}`);
    expect(found[2]!.todo).toContain("TXT on _dmarc.mail.acme.example: v=DMARC1; p=none");
    const broken = { ...RECORDS, "TXT spf.provider.example": [] };
    expect((await mailRecords(mail(folder), folder, (await names(broken)).names))[0]).toMatchObject({
      level: "wrong",
      what: "bounces.acme.example takes in spf.provider.example, which has no SPF record",
    });
    const none = await mailRecords(
      { ...mail(folder), dkim: { domain: "acme.example", selector: "k1", keyFile: "gone.pem" } },
      folder,
      (await names(RECORDS)).names,
    );
    expect(none[1]).toMatchObject({ level: "wrong", what: expect.stringContaining("gone.pem is not there") });
  });
});

test.each([
  ["v=spf1 +all", "wrong"],
  ["v=spf1 -all", "wrong"],
  ["v=spf1 a mx", "warning"],
  ["v=spf1 mx ?all", "warning"],
  ["v=spf1 mx ~all", "ok"],
  ["v=spf1 redirect=other.example", "ok"],
  [`v=spf1 ${"include:a.example ".repeat(11)}-all`, "wrong"],
])("SPF %s is %s", (record, level) => {
  expect(judgeSpf("acme.example", ["google-site-verification=1", record]).level).toBe(level);
});

test("two SPF records, a revoked or another DKIM key and a DMARC policy that nothing fits are wrong", () => {
  expect(judgeSpf("a.example", ["v=spf1 mx -all", "v=spf1 a -all"]).level).toBe("wrong");
  expect(judgeDkim("k._domainkey.a.example", ["v=DKIM1; p="], "KEY").what).toContain("revoked");
  expect(judgeDkim("k._domainkey.a.example", ["v=DKIM1; p=OTHER"], "KEY").level).toBe("wrong");
  expect(judgeDkim("k._domainkey.a.example", ["v=DKIM1; t=y; p=KEY"], "KEY").level).toBe("warning");
  const dmarc = (record: string, dkim: string | null, path: string) =>
    judgeDmarc({ name: "_dmarc.a.example", record }, { from: "a.example", dkim, path }).level;
  expect(dmarc("v=DMARC1; p=reject", "other.example", "other.example")).toBe("wrong");
  expect(dmarc("v=DMARC1; p=none", "other.example", "other.example")).toBe("warning");
  expect(dmarc("v=DMARC1; p=reject; adkim=s", "x.a.example", "other.example")).toBe("wrong");
  expect(dmarc("v=DMARC1; p=reject", null, "bounces.a.example")).toBe("warning");
  expect(dmarc("v=DMARC1; rua=mailto:x@a.example", "a.example", "a.example")).toBe("wrong");
});

test("the mail server is logged in to and gets no mail; an address that only this machine knows is wrong once mail is sent", async () => {
  const sink = await openSink();
  closers.push(sink.close);
  const { names: nobody } = await names({});
  const environment = readEnvironment({ SMTP_URL: sink.url, PORT: "1" });
  expect(levels(await smtpLogin(environment, nobody))).toEqual(["smtp ok"]);
  expect(sink.asked).toEqual([]);
  expect(levels(await baseUrl(environment))).toEqual(["base url wrong", "base url warning"]);
  expect(levels(await baseUrl(readEnvironment({ PORT: "1" })))).toEqual([
    "base url warning",
    "base url warning",
  ]);
  expect(levels(await smtpLogin(readEnvironment({}), nobody))).toEqual(["smtp warning"]);
  const closed = readEnvironment({ SMTP_URL: "smtp://127.0.0.1:1" });
  expect(levels(await smtpLogin(closed, nobody))).toEqual(["smtp wrong"]);
});

test("a short secret, and one that lies open on one machine, are said", () => {
  const of = (variables: Record<string, string>) => levels(secret(readEnvironment(variables)));
  expect(of({ KINDLING_SECRET: "sixteen letters.." })).toEqual(["secret warning"]);
  expect(of({ KINDLING_SECRET: "x".repeat(32) })).toEqual(["secret ok"]);
  expect(of({ DATABASE_URL: "postgres://a@b/c" })).toEqual(["secret warning"]);
});

async function doctor(folder: string, options: readonly string[]) {
  const child = spawn(process.execPath, [join(ROOT, "bin/kindling.js"), "doctor", ...options], {
    cwd: folder,
    env: { PATH: process.env["PATH"], PORT: "1" },
  });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  const status = await new Promise((resolve) => child.on("close", resolve));
  return { status, out };
}

test("before the first start kindling doctor says what is missing, and makes nothing", async () => {
  await inFolder(async (folder) => {
    mkdirSync(join(folder, "config"));
    cpSync(join(ROOT, "templates"), join(folder, "templates"), { recursive: true });
    cpSync(join(ROOT, "config"), join(folder, "config"), { recursive: true });
    const { address } = await names({});
    const { status, out } = await doctor(folder, ["--json", "--dns", address]);
    const { ok, findings } = JSON.parse(out) as {
      ok: boolean;
      findings: { about: string; level: string; what: string }[];
    };
    expect({ status, ok }).toEqual({ status: 1, ok: false });
    const about = (name: string) => findings.find((finding) => finding.about === name);
    expect(about("config")).toMatchObject({ level: "ok" });
    expect(about("database")).toEqual({
      about: "database",
      level: "ok",
      what: "not made yet: the first start makes ./data/kindling.db",
      do: null,
    });
    expect(about("spf")).toMatchObject({ level: "wrong" });
    expect(readdirSync(folder).sort()).toEqual(["config", "templates"]);

    const settings = join(folder, "config/kindling.yaml");
    writeFileSync(settings, readFileSync(settings, "utf8").replace("company:", "compny:"));
    const broken = await doctor(folder, ["--dns", address]);
    expect(broken.status).toBe(1);
    expect(broken.out).toMatch(/^wrong {4}config {6}config\/kindling\.yaml:\d+:\d+: /m);
    expect(broken.out).toMatch(/\d+ wrong, \d+ warnings\.\n$/);
  });
});
