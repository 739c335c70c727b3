import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import PostalMime from "postal-mime";
import { describe, expect, test } from "vitest";
import { openApp } from "../../src/app.ts";
import { readEnvironment } from "../../src/config/environment.io.ts";
import { InputError } from "../../src/config/problems.ts";
import { setHold } from "../../src/email/hold.store.ts";
import { readToken } from "../../src/email/token.ts";
import { eventInput } from "../../src/events/input.ts";
import { settle } from "../../src/jobs.ts";
import { BASE, mail, MONDAY, openHouse, settings, type House } from "./sending-house.ts";

const ADA = "ada@customer.example";

async function sent(house: House, attributes: Readonly<Record<string, unknown>> = {}) {
  await house.start(ADA, ["one"], attributes);
  await house.settle();
  const { raw, from } = house.sink.mails.at(-1)!;
  const parsed = await PostalMime.parse(Buffer.from(raw, "latin1"));
  const header = (name: string) => parsed.headers.find(({ key }) => key === name.toLowerCase())?.value;
  return { raw, from, header, html: parsed.html!, text: parsed.text!, parsed };
}

describe("a mail on the wire", () => {
  test("carries all headers that let a reader leave, answer and be told apart", async () => {
    const house = await openHouse({
      files: {
        "config/kindling.yaml": settings(
          "bounces: { domain: bounces.acme.example }\nreply_to: rep@acme.example",
        ),
      },
    });
    const { header, from } = await sent(house);
    const [row] = await house.rows();
    const [, oneClick, mailto] = /^<(https:[^>]+)>, <mailto:([^>]+)>$/.exec(header("List-Unsubscribe")!)!;
    expect(oneClick!.startsWith(`${BASE}/t/u/`)).toBe(true);
    expect(
      readToken(house.app.tokenKeys, "unsubscribe", oneClick!.slice(`${BASE}/t/u/`.length)),
    ).toMatchObject({
      message: row!.id,
    });
    const [local, leave] = /^u-([0-9a-f]+)(?=@bounces\.acme\.example\?subject=unsubscribe$)/.exec(mailto!)!;
    expect(local.length).toBeLessThanOrEqual(64);
    expect(readToken(house.app.tokenKeys, "leave", leave!)).toMatchObject({ message: row!.id });
    expect(header("List-Unsubscribe-Post")).toBe("List-Unsubscribe=One-Click");
    expect(header("List-ID")).toBe('"The one" <one.acme.example>');
    expect(header("Feedback-ID")).toBe("one:hello:kindling:acme.example");
    expect(header("Auto-Submitted")).toBeUndefined();
    expect(header("From")).toBe("Ada at Acme <ada@acme.example>");
    expect(header("Reply-To")).toBe("rep@acme.example");
    expect(header("To")).toBe(ADA);
    expect(header("Date")).toBe("Mon, 02 Mar 2026 12:00:00 +0000");
    const verp = /^b-([0-9a-f]+)@bounces\.acme\.example$/.exec(from)![1]!;
    expect(readToken(house.app.tokenKeys, "verp", verp)).toMatchObject({ message: row!.id });
    expect(header("Message-ID")).toBe(`<k.${verp}@acme.example>`);
  });

  test("without a bounce domain has the sender as its return path and no mailto", async () => {
    const house = await openHouse();
    const { header, from } = await sent(house);
    expect(from).toBe("ada@acme.example");
    expect(header("List-Unsubscribe")).toMatch(/^<https:[^>]+>$/);
  });

  test("has both parts, the hidden link last and in the HTML alone, and no line longer than 998 bytes", async () => {
    const long = "words ".repeat(900);
    const house = await openHouse({
      files: { "templates/hello.mjml": mail("Hello").replace("Hi.", `Hi {{first_name "you"}}. ${long}`) },
    });
    const { raw, html, text } = await sent(house, { first_name: '<b>"Ñandú" & Co' });
    for (const line of raw.split("\r\n")) expect(line.length).toBeLessThanOrEqual(998);
    expect(raw).not.toMatch(/[^\r]\n/);
    expect(html).toContain("Hi &lt;b&gt;&quot;Ñandú&quot; &amp; Co.");
    expect(text).toContain('Hi <b>"Ñandú" & Co.');
    const links = [...html.matchAll(/<a\s[^>]*>/g)].map(([tag]) => tag);
    const hidden = links.filter((tag) => tag.includes('aria-hidden="true"'));
    expect(hidden).toHaveLength(1);
    expect(hidden[0]).toContain('tabindex="-1"');
    expect(links.at(-1)).toBe(hidden[0]);
    const address = /href="([^"]+)"/.exec(hidden[0]!)![1]!;
    expect(text).not.toContain(address);
    expect(text).toContain(`${BASE}/t/c/`);
    expect(text).toContain(`${BASE}/t/u/`);
  });

  test("is signed over everything that must not be changed", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const house = await openHouse({
      files: {
        "config/kindling.yaml": settings(
          "dkim: { domain: acme.example, selector: k1, key_file: secrets/dkim.pem }",
        ),
        "secrets/dkim.pem": privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      },
    });
    const { raw } = await sent(house);
    const key = publicKey.export({ type: "spki", format: "der" }).toString("base64");
    const resolver = () => Promise.resolve([[`v=DKIM1; k=rsa; p=${key}`]]);
    const { results } = await dkimVerify(Buffer.from(raw, "latin1"), { resolver } as never);
    expect(results[0]!.status.result).toBe("pass");
    const signed = /\bh=([^;]+);/
      .exec(raw.replace(/\r\n[ \t]+/g, ""))![1]!
      .toLowerCase()
      .split(":");
    expect(signed).toEqual(
      expect.arrayContaining([
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "list-id",
        "feedback-id",
      ]),
    );
  });

  test.each([
    ["de-AT", "Hallo"],
    ["de", "Hallo"],
    ["pt-BR", "Oi"],
    ["pt", "Ola"],
    ["fr", "Hello"],
    [undefined, "Hello"],
  ])("speaks the language nearest to %s", async (locale, subject) => {
    const house = await openHouse({
      files: {
        "templates/hello.de.mjml": mail("Hallo"),
        "templates/hello.pt.mjml": mail("Ola"),
        "templates/hello.pt-BR.mjml": mail("Oi"),
      },
    });
    const { header } = await sent(house, locale === undefined ? {} : { locale });
    expect(header("Subject")).toBe(subject);
  });

  test("takes no line break from an attribute into a header", async () => {
    const house = await openHouse({
      files: { "templates/hello.mjml": mail(`'Hello {{first_name "you"}}'`) },
    });
    const { header, parsed } = await sent(house, { first_name: "Eve\r\nBcc: all@else.example" });
    expect(header("Subject")).toBe("Hello Eve Bcc: all@else.example");
    expect(parsed.headers.some(({ key }) => key === "bcc")).toBe(false);
    expect(house.sink.asked).toEqual([ADA]);
  });
});

describe("addresses", () => {
  test.each([
    "a@b.example, c@d.example",
    "a@b.example\r\nRCPT TO:<c@d.example>",
    "Ada <a@b.example>",
    "a@b.example\0",
    "a@[127.0.0.1]",
    "a b@c.example",
    "<a@b.example>",
  ])("that are not exactly one mailbox (%j) never reach the server", async (recipient) => {
    const house = await openHouse();
    await setHold(house.app.db.kysely, true);
    await house.start(ADA, ["one"]);
    await house.settle();
    await house.app.db.kysely.updateTable("messages").set({ recipient }).execute();
    await setHold(house.app.db.kysely, false);
    await house.settle();
    expect(house.sink.asked).toEqual([]);
    expect((await house.rows())[0]!.state).toBe("failed");
  });
});

describe("without SMTP_URL", () => {
  test("a mail is captured whole and sent nowhere", async () => {
    const house = await openHouse({ fate: null });
    await house.start(ADA, ["one"], { first_name: "Ada" });
    await house.settle();
    const [row] = await house.rows();
    expect(row).toMatchObject({ state: "sent", subject: "Hello", sent_at: MONDAY });
    expect(row!.template_hash).not.toBeNull();
    expect(house.sink.asked).toEqual([]);
  });
});

describe("a mail server that can't be used before any mail has left", () => {
  async function opening(url: string): Promise<unknown> {
    const house = await openHouse({ fate: null });
    return openApp({
      config: join(house.folder, "config"),
      templates: join(house.folder, "templates"),
      apply: true,
      serve: true,
      environment: readEnvironment({
        DATABASE_URL: `sqlite:${join(house.folder, "other.db")}`,
        SMTP_URL: url,
        KINDLING_SECRET: "a secret of these tests",
      }),
    }).catch((error: unknown) => error);
  }

  test("is said in one sentence, as wrong input, and without the password", async () => {
    const error = await opening("smtp://ada:tops3cret@127.0.0.1:9");
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).problems.map(({ message }) => message)).toEqual([
      "SMTP_URL: The mail server at 127.0.0.1:9 can't be used: nothing answers there (connection refused).",
    ]);
  });
});

test("a mail server that took mail and is away at a later start keeps nobody from starting: mail waits, which is said", async () => {
  const house = await openHouse();
  await house.start("bob@customer.example", ["one"]);
  await house.settle();
  await house.sink.close();
  const later = await house.another();
  expect(house.warnings).toEqual(["mail waits until its server can be used"]);
  await house.start(ADA, ["one"]);
  await settle(later.jobs, house.clock);
  expect(await house.states(ADA)).toEqual(["03-02 12:01:00 queued"]);
});

describe("a mail to our own people", () => {
  test("says that a machine wrote it, and offers no way out of what is no marketing", async () => {
    const house = await openHouse({
      files: {
        "config/reps.yaml": `reps: [ { rep: maria, name: Maria, email: maria@acme.example } ]
routing: [round_robin]
notices: [ { on: { did: demo.requested } } ]
`,
      },
    });
    await house.start(ADA, []);
    await house.arrive(ADA, eventInput("demo.requested", "lead", {}));
    await house.settle();
    const [only] = house.sink.mails;
    expect(only!.to).toBe("maria@acme.example");
    expect(only!.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(only!.raw).not.toMatch(/^List-/m);
  });
});
