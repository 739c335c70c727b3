import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readSettings } from "../../src/config/settings-file.ts";
import { DAY, MINUTE } from "../../src/instant.ts";
import { lines, sourceOf } from "./read.ts";

const LEAST = "company: { name: Acme, address: 1 Main Street }\nmail: { from: ada@acme.example }\n";

function mistakes(text: string): string[] {
  const result = readSettings(sourceOf("config/kindling.yaml", text));
  return "problems" in result
    ? lines(result.problems).map((line) => line.replace("config/kindling.yaml:", ""))
    : [];
}

function settings(text: string) {
  const result = readSettings(sourceOf("config/kindling.yaml", text));
  if ("problems" in result) throw new Error(lines(result.problems).join("\n"));
  return result.value;
}

test("three fields are enough, and what is left out is off", () => {
  expect(settings(LEAST)).toEqual({
    company: { name: "Acme", address: "1 Main Street", locale: "en" },
    mail: {
      from: { name: null, address: "ada@acme.example" },
      replyTo: null,
      dkim: null,
      bounces: { domain: null, softLimit: null },
      rate: { perMinute: null, perDomainPerMinute: null },
      inDoubt: "never_twice",
      replyPause: 14 * DAY,
    },
    topics: [],
    consent: { required: false, doubleOptIn: false },
    windows: new Map(),
    caps: [],
    utm: null,
    tracking: { opens: true, clicks: true, settle: MINUTE, scannerRanges: [], relayRanges: [], sites: [] },
    webhooks: [],
    providers: { ses: null, sendgrid: null, mailgun: null, postmark: null },
    announce: [],
    attributes: null,
  });
});

test("sites are hosts as addresses have them", () => {
  const { sites } = settings(`${LEAST}tracking: { sites: [WWW.Acme.example, münchen.example] }\n`).tracking;
  expect(sites).toEqual(["www.acme.example", "xn--mnchen-3ya.example"]);
});

test("the example of the specification is read whole", () => {
  const spec = `
company:
  name: Acme Courses
  address: 1 Main Street, Lisbon, Portugal      # in every footer
  country: PT
  timezone: Europe/Lisbon
  locale: en
mail:
  from: Ada at Acme <ada@acme.example>
  reply_to: ada@acme.example
  dkim: { domain: acme.example, selector: k1, key_file: secrets/dkim.pem }
  bounces: { domain: bounces.acme.example, soft_limit: 3 }
  rate: { per_minute: 600, per_domain_per_minute: 120 }
  in_doubt: never_twice
topics:
  - { topic: product, title: Product news }
consent: { required: false, double_opt_in: false }
windows:
  business-hours: { days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00", zone: lead, holidays: lead }
caps:
  - { emails: 3, in: 7d }
utm: { source: kindling, medium: email, campaign: "{{sequence}}", content: "{{template}}" }
tracking: { opens: true, clicks: true, settle: 60s, scanner_ranges: [], relay_ranges: [] }
webhooks:
  - { webhook: crm, url: "https://crm.example/hooks/kindling", on: [score.crossed, deal.opened], secret_env: CRM_WEBHOOK_SECRET }
attributes: { need: text, employees: number, budget: [low, fits, high] }
`;
  const read = settings(spec);
  expect(read.mail).toMatchObject({
    from: { name: "Ada at Acme", address: "ada@acme.example" },
    dkim: { domain: "acme.example", selector: "k1", keyFile: "secrets/dkim.pem" },
    bounces: { domain: "bounces.acme.example", softLimit: 3 },
    rate: { perMinute: 600, perDomainPerMinute: 120 },
  });
  expect(read.windows.get("business-hours")).toEqual({
    name: "business-hours",
    days: ["mon", "tue", "wed", "thu", "fri"],
    from: "09:00",
    to: "17:00",
    zone: "lead",
    holidays: "lead",
  });
  expect(read.caps).toEqual([{ emails: 3, in: 7 * DAY }]);
  expect(read.webhooks[0]).toMatchObject({ webhook: "crm", secretEnv: "CRM_WEBHOOK_SECRET" });
  expect([...read.attributes!]).toEqual([
    ["need", "text"],
    ["employees", "number"],
    ["budget", ["low", "fits", "high"]],
  ]);
});

test("the shipped settings are right", () => {
  expect(mistakes(readFileSync("config/kindling.yaml", "utf8"))).toEqual([]);
});

test("all mistakes come at once, in order, each with what would be right", () => {
  expect(
    mistakes(`company:
  nam: Acme
  adress: 1 Main Street
  country: UK
  timezone: Lisbon
mail:
  from: ada@acme
  in_doubt: nevertwice
windws: {}
caps:
  - { emails: 3, in: 7 days }
  - { emails: 0 }
`),
  ).toEqual([
    '2:3: unknown key "nam" (did you mean "name"?)',
    '3:3: unknown key "adress" (did you mean "address"?)',
    '4:12: "UK" is no country code (did you mean "GB"?)',
    '5:13: "Lisbon" is no time zone (did you mean "Europe/Lisbon"?)',
    '7:9: "ada@acme" is no mailbox (write it as: Name <name@domain.example>)',
    '8:13: "nevertwice" is not one of never_twice, retry (did you mean "never_twice"?)',
    '9:1: unknown key "windws" (did you mean "windows"?)',
    '11:22: a duration is a whole number and a unit: 90s, 15m, 4h, 3d or 2w (did you mean "7d"?)',
    '12:5: "in" is missing',
    "12:15: must be at least 1",
  ]);
});

describe("mistakes in kindling.yaml", () => {
  test.each([
    [
      "nothing in it",
      "",
      ['1:1: "company" is missing: it needs name and address', '1:1: "mail" is missing: it needs from'],
    ],
    ["no sender", "company: { name: A, address: B }\nmail: {}\n", ['2:1: "from" is missing']],
    ["an empty block", `${LEAST}tracking:\n`, ['3:1: "tracking" is empty (give it a value or leave it out)']],
    [
      "a header smuggled in",
      'company: { name: A, address: B }\nmail: { from: "A <a@b.example>\\r\\nBcc: c@d.example" }\n',
      [
        '2:15: "A <a@b.example>\\u000d\\u000aBcc: c@d.example" is no mailbox (write it as: Name <name@domain.example>)',
      ],
    ],
    [
      "text for a number",
      `${LEAST}caps: [{ emails: "3", in: 7d }]\n`,
      ['3:18: expected a number, found "3"'],
    ],
    [
      "half an email",
      `${LEAST}caps: [{ emails: 2.5, in: 7d }]\n`,
      ["3:18: expected a whole number, found 2.5"],
    ],
    ["a cap within nothing", `${LEAST}caps: [{ emails: 2, in: 0d }]\n`, ["3:25: must be longer than 0"]],
    ["a mapping for a list", `${LEAST}caps: { emails: 3 }\n`, ["3:7: expected a list, found a mapping"]],
    ["yes for true", `${LEAST}consent: { required: yes }\n`, ['3:22: expected true or false, found "yes"']],
    [
      "a day that is none",
      `${LEAST}windows: { a: { days: [mon, tues], from: "09:00", to: "17:00" } }\n`,
      ['3:29: "tues" is not one of mon, tue, wed, thu, fri, sat, sun (did you mean "tue"?)'],
    ],
    [
      "a window without days",
      `${LEAST}windows: { a: { days: [], from: "09:00", to: "17:00" } }\n`,
      ["3:23: needs at least one"],
    ],
    [
      "a window that never opens",
      `${LEAST}windows: { a: { days: [mon], from: "09:00", to: "09:00" } }\n`,
      ["3:49: the window is never open: it ends as it begins"],
    ],
    [
      "a time without a nought",
      `${LEAST}windows: { a: { days: [mon], from: 9:00, to: "17:00" } }\n`,
      ['3:36: a time is HH:MM in quotes, from "00:00" to "23:59"'],
    ],
    [
      "a zone that is none",
      `${LEAST}windows: { a: { days: [mon], from: "09:00", to: "17:00", zone: Europe/Lisboa } }\n`,
      ['3:64: "Europe/Lisboa" is no zone (did you mean "Europe/Lisbon"?)'],
    ],
    [
      "holidays of nowhere",
      `${LEAST}windows: { a: { days: [mon], from: "09:00", to: "17:00", holidays: XQ } }\n`,
      [`3:68: "XQ" has no holidays (lead, company, or a country's code like PT)`],
    ],
    [
      "a window's odd name",
      `${LEAST}windows: { office hours: { days: [mon], from: "09:00", to: "17:00" } }\n`,
      [`3:12: "office hours" can't be a name: letters, digits, - and _ only (did you mean "office-hours"?)`],
    ],
    [
      "a topic twice",
      `${LEAST}topics:\n  - { topic: a, title: A }\n  - { topic: a, title: B }\n`,
      ['5:14: there is a topic "a" already, on line 4'],
    ],
    [
      "a secret in the file",
      `${LEAST}webhooks: [{ webhook: crm, url: "https://crm.example", secret_env: s3cr3t }]\n`,
      ["3:68: names an environment variable: CAPITALS, digits and _ (secrets stay out of files)"],
    ],
    [
      "a webhook to a file",
      `${LEAST}webhooks: [{ webhook: crm, url: "file:///etc/passwd" }]\n`,
      ['3:33: "file:///etc/passwd" is no http or https address'],
    ],
    [
      "a placeholder that is none",
      `${LEAST}utm: { campaign: "{{sequnce}}" }\n`,
      [`3:18: {{sequnce}} can't stand here (did you mean "sequence"?)`],
    ],
    [
      "an attribute type that is none",
      `${LEAST}attributes: { employees: numbr }\n`,
      ['3:26: "numbr" is not one of text, number, boolean, date (did you mean "number"?)'],
    ],
    [
      "an attribute of JavaScript's",
      `${LEAST}attributes: { constructor: text }\n`,
      ['3:15: "constructor" is a word of JavaScript and no attribute'],
    ],
    [
      "an attribute with a space",
      `${LEAST}attributes: { lead source: text }\n`,
      [
        `3:15: "lead source" can't be an attribute: a letter, then up to 63 letters, digits, - and _ (did you mean "lead_source"?)`,
      ],
    ],
    [
      "a range that is none",
      `${LEAST}tracking: { scanner_ranges: [10.0.0.0/40] }\n`,
      ['3:30: "10.0.0.0/40" is no address range (like 203.0.113.0/24)'],
    ],
    [
      "a site with more than a host",
      `${LEAST}tracking: { sites: ["https://www.acme.example/"] }\n`,
      ['3:21: "https://www.acme.example/" is no host (the name alone, like www.acme.example)'],
    ],
    [
      "a locale with an underscore",
      "company: { name: A, address: B, locale: pt_br }\nmail: { from: a@b.example }\n",
      ['1:41: "pt_br" is no locale (did you mean "pt-BR"?)'],
    ],
    [
      "a country by its name",
      "company: { name: A, address: B, country: Portgal }\nmail: { from: a@b.example }\n",
      ['1:42: "Portgal" is no country code (did you mean "PT"?)'],
    ],
  ])("%s", (_, text, expected) => {
    expect(mistakes(text)).toEqual(expected);
  });
});

test("each provider whose webhooks are taken says what proves them", () => {
  const key =
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7zIXvXHl+/btsYVeQNow/Jka2nX2JsFllFXkyEd2O6s1qmV/p1YocTsQWDv8D6KjZdrBBKXXgl9Z2BPEJ9/46A==";
  const topic = "arn:aws-cn:sns:cn-north-1:123456789012:kindling";
  const all = `${LEAST}providers:
  ses: { topic: "${topic}" }
  sendgrid: { public_key: ${key} }
  mailgun: { signing_key_env: MAILGUN_KEY }
  postmark: { login_env: POSTMARK_LOGIN }
`;
  expect(settings(all).providers).toEqual({
    ses: { topic },
    sendgrid: { publicKey: key },
    mailgun: { signingKeyEnv: "MAILGUN_KEY" },
    postmark: { loginEnv: "POSTMARK_LOGIN" },
  });
});

test("what can't prove a provider's webhook is an error with its place", () => {
  const rsa =
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBANDiE2+Xi/WnO+s120NiiJhNyIButVu6zxqlVzz0wy2j4kQVUC4ZRZD80IY+4wIiX2YxKBZKGnd2TtPkcJ/ljkUCAwEAAQ==";
  const wrong = mistakes(`${LEAST}providers:
  ses: { topic: "arn:aws:sqs:eu-west-1:123456789012:kindling" }
  sendgrid: { public_key: ${rsa} }
  mailgun: { signing_key_env: key-0123456789abcdef }
  postmark: { login: "user:password" }
`);
  expect(wrong).toEqual([
    expect.stringMatching(/^4:.*is no SNS topic.*arn:aws:sns:/),
    expect.stringMatching(/^5:.*is no verification key.*MFkw/),
    expect.stringMatching(/^6:.*names an environment variable/),
    expect.stringMatching(/^7:/),
    expect.stringMatching(/^7:/),
  ]);
});
