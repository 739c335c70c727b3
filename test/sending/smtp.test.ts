import { createServer, type AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, describe, expect, test } from "vitest";
import type { Attempt } from "../../src/sending/retry.ts";
import { parseSmtpUrl } from "../../src/sending/smtp-url.ts";
import { openSmtp, type OutgoingMail, type Smtp, type SmtpOptions } from "../../src/sending/smtp.io.ts";
import { scriptedServer, type Script, type ScriptedServer } from "./scripted-server.ts";

const MAIL: OutgoingMail = {
  from: "b+Token@bounces.acme.example",
  to: "lead@there.example",
  raw: Buffer.from("Subject: Hello\r\n\r\nOne\r\n.\r\n..two\r\n"),
};

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  while (closers.length > 0) await closers.pop()!();
});

async function against(
  script: Script | ((connection: number) => Script),
  options: SmtpOptions = {},
): Promise<{ smtp: Smtp; server: ScriptedServer }> {
  const server = await scriptedServer(typeof script === "function" ? script : () => script);
  closers.push(() => server.close());
  return { smtp: open(server.url, options), server };
}

function open(url: string, options: SmtpOptions = {}): Smtp {
  const smtp = openSmtp(url, {
    socketTimeout: 5000,
    connectionTimeout: 5000,
    greetingTimeout: 5000,
    ...options,
  });
  closers.push(() => smtp.close());
  return smtp;
}

async function outcome(script: Script, options?: SmtpOptions): Promise<Attempt> {
  const { smtp } = await against(script, options);
  return smtp.send(MAIL);
}

describe.each([
  ["one command at a time", []],
  ["with pipelining", ["PIPELINING", "ENHANCEDSTATUSCODES"]],
] as [string, string[]][])("a server that takes %s", (_, extensions) => {
  test("has the mail once it has answered the final dot", async () => {
    const { smtp, server } = await against({ extensions });
    expect(await smtp.send(MAIL)).toEqual({ outcome: "accepted", code: 250, response: "250 2.0.0 taken" });
    expect(server.mails).toEqual([
      { from: MAIL.from, to: MAIL.to, raw: "Subject: Hello\r\n\r\nOne\r\n..\r\n...two\r\n" },
    ]);
  });

  test.each([
    ["rcpt", "550 5.1.1 no such user", "recipient", 550, "5.1.1"],
    ["rcpt", "450 4.2.0 greylisted", "recipient", 450, "4.2.0"],
    ["rcpt", "421 4.3.2 going down", "connect", 421, "4.3.2"],
    ["mail", "550 5.7.1 we do not know you", "sender", 550, "5.7.1"],
    ["mail", "421 too busy", "connect", 421, null],
    ["data", "451 4.3.0 not now", "data", 451, "4.3.0"],
    ["data", "554 5.5.1 no valid recipients", "data", 554, "5.5.1"],
    ["end", "552 5.2.2 mailbox full", "message", 552, "5.2.2"],
    ["end", "450 try later", "message", 450, null],
    ["end", "421 4.3.2 going down", "message", 421, "4.3.2"],
    ["greeting", "554 no service for you", "connect", 554, null],
  ] as const)("refuses at %s with %s, word for word", async (at, reply, stage, code, status) => {
    const result = await outcome({ extensions, [at]: reply });
    expect(result).toMatchObject({ outcome: "refused", code, status, response: reply });
    // A 421 ends the connection, whatever it answers.
    if (code !== 421) expect(result).toMatchObject({ stage });
  });

  test.each(["greeting", "mail", "rcpt", "data"] as const)(
    "lost at %s has not asked for the mail",
    async (at) => {
      const result = await outcome({ extensions, [at]: "drop" });
      expect(result).toMatchObject({ outcome: "lost", asked: false });
    },
  );

  test.each(["middle", "end"] as const)("lost at %s may have the mail", async (at) => {
    const result = await outcome({ extensions, [at]: "drop" });
    expect(result).toMatchObject({ outcome: "lost", asked: true });
  });

  test("that closes right after it asked for the mail may have it", async () => {
    const result = await outcome({ extensions, data: { reply: "354 go on", then: "drop" } });
    expect(result).toMatchObject({ outcome: "lost", asked: true });
  });

  test("that refuses in the middle of the mail has answered", async () => {
    const result = await outcome({ extensions, middle: "451 4.3.0 disk full" });
    expect(result).toMatchObject({ outcome: "refused", stage: "message", code: 451 });
  });

  test.each([
    ["greeting", false],
    ["mail", false],
    ["rcpt", false],
    ["data", false],
    ["end", true],
  ] as const)("that hangs at %s holds an attempt no longer than its time-out", async (at, asked) => {
    const result = await outcome({ extensions, [at]: "hang" }, { socketTimeout: 150, greetingTimeout: 150 });
    expect(result).toMatchObject({ outcome: "lost", asked, reason: "it did not answer in time" });
  });
});

describe("the pool", () => {
  test("reads no answer to DATA into a recipient refused in one go, and keeps the connection", async () => {
    const script = { extensions: ["PIPELINING"], rcpt: "550 5.1.1 no such user", end: "554 no recipients" };
    const { smtp, server } = await against(script, { maxConnections: 1 });
    expect(await smtp.send(MAIL)).toMatchObject({ outcome: "refused", stage: "recipient", status: "5.1.1" });
    expect(await smtp.send(MAIL)).toMatchObject({ outcome: "refused", stage: "recipient", status: "5.1.1" });
    expect(server.connections).toBe(1);
  });

  test("sends over kept connections, each mail once, whatever the number", async () => {
    const { smtp, server } = await against({}, { maxConnections: 3 });
    const mails = Array.from({ length: 40 }, (_, n) => ({ ...MAIL, to: `lead${n}@there.example` }));
    const results = await Promise.all(mails.map((mail) => smtp.send(mail)));
    expect(results.every((result) => result.outcome === "accepted")).toBe(true);
    expect(server.mails.map((mail) => mail.to).toSorted()).toEqual(mails.map((mail) => mail.to).toSorted());
    expect(server.connections).toBeLessThanOrEqual(3);
  });

  test("takes another connection where the kept one has gone before the mail was asked for", async () => {
    let sent = 0;
    const { smtp, server } = await against((connection) => ({
      // The first connection takes one mail, then ends at the next.
      get mail() {
        return connection === 1 && sent++ === 1 ? "drop" : undefined;
      },
    }));
    expect(await smtp.send(MAIL)).toMatchObject({ outcome: "accepted" });
    expect(await smtp.send(MAIL)).toMatchObject({ outcome: "accepted" });
    expect(server.connections).toBe(2);
    expect(server.mails).toHaveLength(2);
  });

  test("never sends twice what the server may have", async () => {
    let mails = 0;
    const { smtp, server } = await against(() => ({
      get end() {
        return ++mails === 2 ? "drop" : undefined;
      },
    }));
    expect(await smtp.send(MAIL)).toMatchObject({ outcome: "accepted" });
    expect(await smtp.send(MAIL)).toMatchObject({ outcome: "lost", asked: true });
    expect(await smtp.send(MAIL)).toMatchObject({ outcome: "accepted" });
    expect(server.mails).toHaveLength(3);
  });

  test("gives up on a server that answers by drips", async () => {
    const drips = createServer((socket) => {
      socket.on("error", () => {});
      socket.write("220-");
      const timer = setInterval(() => socket.write("."), 20);
      socket.on("close", () => clearInterval(timer));
    });
    await new Promise<void>((resolve) => drips.listen(0, "127.0.0.1", resolve));
    closers.push(() => new Promise((resolve) => drips.close(() => resolve())));
    const smtp = open(`smtp://127.0.0.1:${(drips.address() as AddressInfo).port}`, { attemptTimeout: 200 });
    expect(await smtp.send(MAIL)).toEqual({
      outcome: "lost",
      asked: false,
      reason: "the attempt took too long",
    });
  });

  test("closes once what is under way has ended", async () => {
    const { smtp, server } = await against({});
    const attempt = smtp.send(MAIL);
    await smtp.close();
    expect(await attempt).toMatchObject({ outcome: "accepted" });
    expect(server.mails).toHaveLength(1);
    expect(await smtp.send(MAIL)).toMatchObject({ outcome: "lost", asked: false });
  });
});

describe("an address that is not exactly one", () => {
  test.each([
    "a@b.example\r\nBcc: x@y.example",
    "a@b.example\r\nRCPT TO:<x@y.example>",
    "a@b.example,x@y.example",
    "a@b.example x@y.example",
    "Ada <a@b.example>",
    "a@b.example\0",
    "<a@b.example>",
    "a@b@c.example",
    "a",
    "",
  ])("never reaches the server: %j", async (address) => {
    const { smtp, server } = await against({});
    expect(await smtp.send({ ...MAIL, to: address })).toMatchObject({ outcome: "unsendable" });
    expect(await smtp.send({ ...MAIL, from: address })).toMatchObject({ outcome: "unsendable" });
    expect(server.connections).toBe(0);
  });

  test("is told from one of another alphabet, which goes out as it is", async () => {
    const { smtp, server } = await against({ extensions: ["SMTPUTF8"] });
    expect(await smtp.send({ ...MAIL, to: "jõgeva@xn--jgeva-dua.example" })).toMatchObject({
      outcome: "accepted",
    });
    expect(server.recipients).toEqual([Buffer.from("jõgeva@xn--jgeva-dua.example").toString("latin1")]);
  });
});

describe("logging in and TLS", () => {
  test("hands a real server the mail byte for byte, over STARTTLS and a login", async () => {
    const { url, mails } = await realServer({
      onAuth: ({ username, password }, _, done) =>
        done(null, username === "kindling" && password === "s3cret/pass" ? { user: "kindling" } : {}),
    });
    const smtp = open(url("smtp", "kindling:s3cret%2Fpass", "?tls.rejectUnauthorized=false"));
    expect(await smtp.verify()).toBeNull();
    expect(await smtp.send(MAIL)).toMatchObject({ outcome: "accepted" });
    expect(mails).toEqual([MAIL.raw.toString()]);
  });

  test("a certificate that no one vouches for is refused before a word of the mail", async () => {
    const { url, mails } = await realServer({ authOptional: true });
    const smtp = open(url("smtp"));
    expect(await smtp.send(MAIL)).toMatchObject({ outcome: "lost", asked: false });
    expect(await smtp.verify()).toMatch(
      /^The mail server at 127\.0\.0\.1:\d+ can't be used: no safe connection .*\.$/,
    );
    expect(mails).toEqual([]);
  });

  test("a server that speaks no TLS where smtps is asked for is lost, not waited for", async () => {
    const { server } = await against({});
    const smtp = open(server.url.replace("smtp:", "smtps:"));
    expect(await smtp.send(MAIL)).toMatchObject({ outcome: "lost", asked: false });
  });

  test("a wrong password is no bounce, and is shown to nobody", async () => {
    const { url } = await realServer({
      onAuth: ({ password }, _, done) => done(new Error(`535 5.7.8 not with ${password}`)),
    });
    const smtp = open(url("smtp", "kindling:s3cret%2Fpass", "?tls.rejectUnauthorized=false"));
    const result = await smtp.send(MAIL);
    expect(result).toMatchObject({ outcome: "refused", stage: "login", code: 535 });
    const problem = await smtp.verify();
    expect(problem).toMatch(/it refuses the login/);
    expect(JSON.stringify(result) + problem).not.toMatch(/s3cret|czNjcmV0/);
  });
});

describe("a server that can't be reached", () => {
  test("is named in one sentence", async () => {
    const { server } = await against({});
    await server.close();
    const smtp = open(server.url.replace("smtp://", "smtp://user:hidden@"));
    const at = server.url.slice("smtp://".length);
    expect(await smtp.verify()).toBe(
      `The mail server at ${at} can't be used: nothing answers there (connection refused).`,
    );
    expect(await smtp.send(MAIL)).toEqual({
      outcome: "lost",
      asked: false,
      reason: "nothing answers there (connection refused)",
    });
  });

  test("and a name that leads nowhere is said to", async () => {
    const smtp = open("smtp://nowhere.invalid:2525");
    expect(await smtp.verify()).toBe(
      "The mail server at nowhere.invalid:2525 can't be used: its name can't be resolved.",
    );
  });
});

describe("SMTP_URL", () => {
  test("gives host, port, login and TLS", () => {
    expect(parseSmtpUrl("smtp://ada%40acme.example:p%25w@mail.acme.example")).toEqual({
      host: "mail.acme.example",
      port: 587,
      secure: false,
      auth: { user: "ada@acme.example", pass: "p%w" },
      requireTls: true,
      ignoreTls: false,
      rejectUnauthorized: true,
      timeout: 180_000,
    });
    expect(parseSmtpUrl("smtps://mail.acme.example")).toMatchObject({ port: 465, secure: true, auth: null });
    expect(parseSmtpUrl("smtp://[::1]:25")).toMatchObject({ host: "::1", port: 25, requireTls: false });
    expect(parseSmtpUrl("smtp://u:p@relay:25?ignoreTLS=true")).toMatchObject({
      ignoreTls: true,
      requireTls: false,
    });
    expect(parseSmtpUrl("smtp://relay?timeout=5s&ignoreTLS=true")).toMatchObject({
      timeout: 5000,
      ignoreTls: true,
    });
  });

  test.each([
    "",
    "mail.acme.example",
    "http://mail.acme.example",
    "smtp://",
    "smtp://u:hidden%@h",
    "smtp://u:hidden@h?logger=true",
    "smtp://u:hidden@h?ignoreTLS=hidden",
    "smtp://u:hidden@h?timeout=true",
    "smtp://u:hidden@h?timeout=0s",
    "smtp://u:hidden@h?timeout=1h",
  ])("is refused in a sentence that holds no password: %s", (url) => {
    expect(() => parseSmtpUrl(url)).toThrow(/^SMTP_URL (is|has) (?!.*hidden)/);
  });
});

/** smtp-server, with its own self-signed certificate. */
async function realServer(options: SMTPServerOptions) {
  const mails: string[] = [];
  const server = new SMTPServer({
    logger: false,
    ...options,
    onData(stream, _, done) {
      let raw = "";
      stream.on("data", (chunk: Buffer) => (raw += chunk.toString()));
      stream.on("end", () => {
        mails.push(raw);
        done();
      });
    },
  });
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  const url = (scheme: string, login = "", query = "") =>
    `${scheme}://${login === "" ? "" : `${login}@`}127.0.0.1:${port}${query}`;
  return { url, mails };
}
