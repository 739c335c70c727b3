import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderer, storedVariables, variablesUsed } from "../../src/email/render.ts";
import { pickTemplate, type Template } from "../../src/email/template.ts";
import { formatDate, isSame, plural } from "../../src/email/words.ts";
import { compiled, inText, problemsOf, variables } from "./templates.ts";

async function mail(
  content: string,
  lead: Record<string, unknown> = {},
  more: Parameters<typeof variables>[1] = {},
) {
  return renderer(await compiled(inText(content)))(variables(lead, more));
}

describe("a subject", () => {
  test("prints the fallback where the value is missing, empty or blank", async () => {
    const template = await compiled(inText("x"), {
      front: `subject: '{{first_name "Hello"}}, {{#if company}}{{company "you"}} & co{{else}}you{{/if}}'`,
    });
    const subject = (lead: Record<string, unknown>) => renderer(template)(variables(lead)).subject;
    expect(subject({})).toBe("Hello, you");
    expect(subject({ first_name: null, company: "" })).toBe("Hello, you");
    expect(subject({ first_name: "  " })).toBe("Hello, you");
    expect(subject({ first_name: "Ada", company: "<North> & West" })).toBe("Ada, <North> & West & co");
  });

  test("is one line, whatever an attribute holds", async () => {
    const template = await compiled(inText("x"), { front: `subject: 'Hi {{first_name "you"}}'` });
    const anything = fc.string({
      unit: fc.constantFrom(...Array.from("ab\r\n\0\t\u000b\u0085\u2028\u2029\u007f :")),
      maxLength: 40,
    });
    fc.assert(
      fc.property(anything, (first_name) => {
        expect(renderer(template)(variables({ first_name })).subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      }),
    );
    expect(renderer(template)(variables({ first_name: "x\r\nBcc: a@b.example" })).subject).toBe(
      "Hi x Bcc: a@b.example",
    );
  });
});

describe("a mail", () => {
  test("escapes what a lead wrote in HTML and leaves it alone in text", async () => {
    const { html, text } = await mail(`Hi {{first_name "you"}}!`, { first_name: `<script>"&'{{x}}` });
    expect(html).toContain("Hi &lt;script&gt;&quot;&amp;&#x27;{{x}}!");
    expect(text).toContain(`Hi <script>"&'{{x}}!`);
  });

  test("has the preheader hidden at its top, and not in the text part", async () => {
    const template = await compiled(inText("Body"), {
      front: `subject: x\npreheader: 'For {{first_name "you"}} & <all>'`,
    });
    const { html, text, preheader } = renderer(template)(variables({ first_name: "A&B" }));
    expect(preheader).toBe("For A&B & <all>");
    expect(html).toMatch(
      /<body[^>]*>\s*<div style="display:none;[^"]*">For A&amp;B &amp; &lt;all&gt;<\/div>/,
    );
    expect(text).not.toContain("For A");
  });

  test("prints only text, numbers and truth, and nothing from a prototype", async () => {
    const values = { plan: { toString: () => "gotcha" }, seats: ["gotcha"], renewal: () => "gotcha" };
    const { html } = await mail(`{{plan "a"}}{{seats "b"}}{{renewal "c"}}`, values);
    expect(html).toContain(">abc<");
    const inherited = Object.create({ plan: "gotcha" }) as Record<string, unknown>;
    expect((await mail(`{{plan "a"}}`, inherited)).html).not.toContain("gotcha");
  });

  test("says who the rep is where there is one", async () => {
    const rep = { name: "Maria", email: "maria@acme.example" };
    const content = `{{rep.name "The team"}}{{#if rep}}, {{rep.email}}{{/if}}{{#if rep.phone}}, {{rep.phone}}{{/if}}`;
    expect((await mail(content)).text).toContain("The team\n");
    expect((await mail(content, {}, { rep })).text).toContain("Maria, maria@acme.example\n");
    expect((await mail(content, {}, { rep: { ...rep, phone: "+351" } })).text).toContain(
      "acme.example, +351\n",
    );
  });

  test("compares as conditions do", async () => {
    const content = `{{#is plan "Pro"}}pro{{else}}basic{{/is}}`;
    expect((await mail(content, { plan: "PRO" })).text).toContain("pro");
    expect((await mail(content, {})).text).toContain("basic");
    expect([isSame("120", 120), isSame("1.0", "1"), isSame(null, null), isSame("a", "b")]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test("writes dates and plurals in its own language", async () => {
    const body = inText(`{{#if renewal}}{{date renewal zone}}{{/if}} {{plural seats "Platz" "Plätze"}}`);
    const template = await compiled(body, { locale: "de" });
    expect(renderer(template)(variables({ renewal: "2026-03-01", seats: 1 })).text).toContain(
      "1. März 2026 Platz",
    );
  });
});

describe("the text part", () => {
  test("is made of the HTML: one line a row, links after their words, no leftover blanks", async () => {
    const body = `<mj-section><mj-column>
      <mj-text><h1>Title</h1><p>Read <a href="https://a.example">the case</a>.</p></mj-text>
      {{#if company}}<mj-text>For {{company}}</mj-text>{{/if}}
      <mj-table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></mj-table>
      <mj-image src="https://i.example/x.png" alt="A chart" href="https://b.example" />
      <mj-text><a href="https://www.c.example/">c.example</a> <a href="https://c.example/">https://c.example</a></mj-text>
    </mj-column></mj-section>`;
    const { text } = renderer(await compiled(body))(variables());
    expect(text).toBe(
      `${[
        "Title",
        "Read the case (https://k.example/t/c/0).",
        "a b\nc d",
        "A chart (https://k.example/t/c/1)",
        "c.example (https://k.example/t/c/2) https://k.example/t/c/3",
        "Acme & Sons, 1 Main Street, Lisbon\nUnsubscribe (https://k.example/t/u/1) · Preferences (https://k.example/t/p/1) · View in browser (https://k.example/t/v/1)",
      ].join("\n\n")}\n`,
    );
  });

  test("of an author's own file speaks the same language, its links tracked with the HTML's numbers", async () => {
    const text = {
      file: "templates/warm/case-study.txt",
      source: `Hi {{first_name "there"}},\r\n\r\n{{#if company}}\r\nFor {{company}}.\r\n{{/if}}\r\nSee https://b.example/x, or (https://c.example).\r\n\r\n{{unsubscribe_url}}\r\n`,
    };
    const template = await compiled(
      inText(`<a href="https://a.example">a</a> <a href="https://b.example/x">b</a>`),
      { text },
    );
    expect(template.links).toEqual(["https://a.example", "https://b.example/x", "https://c.example"]);
    expect(template.hiddenLink).toBe(3);
    expect(renderer(template)(variables({ first_name: "A&B" })).text).toBe(
      "Hi A&B,\n\nSee https://k.example/t/c/1, or (https://k.example/t/c/2).\n\nhttps://k.example/t/u/1\n",
    );
    const bad = { ...text, source: "ok\nhttps://a.example/{{plan 'x'}}" };
    expect(await problemsOf(inText("x"), { text: bad })).toEqual([
      "warm/case-study.txt:2:1: a link's address can't hold Handlebars",
    ]);
  });

  test("never shows braces that an author wrote as characters", async () => {
    expect((await mail("&#123;&#123;company}}")).text).toContain("{ {company}}");
  });
});

describe("length", () => {
  test("no line of a part is longer than mail allows", async () => {
    const words = "word ".repeat(800);
    const tight = "<b>x</b>".repeat(600);
    const template = await compiled(
      inText(`<p>${words}</p><p>${tight}</p><p>${'{{plan "a b"}} '.repeat(50)}</p>`),
    );
    for (const part of [template.html, template.text]) {
      for (const line of part.split("\n")) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(998);
    }
    expect(renderer(template)(variables()).html.replace(/<[^>]*>/g, "")).toContain("x".repeat(600));
  });

  test("a line that can't be broken is an error", async () => {
    const image = `<mj-section><mj-column><mj-image src="data:image/png;base64,${"A".repeat(1200)}" /></mj-column></mj-section>`;
    expect((await problemsOf(image))[0]).toContain("longer than 998 bytes and can't be broken");
  });

  test("HTML from 90 kB is a warning, from 102 kB an error", async () => {
    const filler = (size: number) => inText("<p>word</p>\n".repeat(size / 12));
    expect(await problemsOf(filler(70_000))).toEqual([]);
    expect((await problemsOf(filler(88_000)))[0]).toMatch(/: warning: the HTML has 9\d kB/);
    expect((await problemsOf(filler(110_000)))[0]).toMatch(/1:1: the HTML has 1\d\d kB/);
  });

  test("a mail that nobody can unsubscribe from is a warning", async () => {
    const layouts = new Map([
      ["default", { file: "layout", source: "<mjml><mj-body>{{{body}}}</mj-body></mjml>" }],
    ]);
    expect((await problemsOf(inText("x"), { layouts }))[0]).toContain(
      "warning: nothing in this mail leads to {{unsubscribe_url}}",
    );
  });
});

describe("what a message keeps", () => {
  test("is only what its template uses, and renders the same again", async () => {
    const template = await compiled(inText(`{{plan "x"}} {{rep.name "y"}}`), {
      front: `subject: 'Hi {{first_name "z"}}'`,
    });
    expect(variablesUsed(template)).toEqual([
      "company_address",
      "company_name",
      "first_name",
      "plan",
      "rep.name",
    ]);
    const all = variables({ first_name: "Ada", plan: "pro", phone: "+351", seats: 3 });
    const { urls, ...facts } = all;
    const stored = JSON.parse(JSON.stringify(storedVariables(template, facts))) as typeof facts;
    expect(stored.lead).toEqual({ first_name: "Ada", plan: "pro" });
    expect(stored.score).toBeNull();
    expect(renderer(template)({ ...stored, urls })).toEqual(renderer(template)(all));
  });

  test("the same sources have the same hash, others another", async () => {
    const [one, again, other, german] = await Promise.all([
      compiled(inText("a")),
      compiled(inText("a")),
      compiled(inText("b")),
      compiled(inText("a"), { locale: "de" }),
    ]);
    expect(one).toEqual(again);
    expect(renderer(one)).toBe(renderer(again));
    expect(new Set([one.hash, other.hash, german.hash]).size).toBe(3);
    expect(JSON.parse(JSON.stringify(one))).toEqual(one);
  });
});

describe("the locale of a mail", () => {
  const make = (locale: string) => ({ locale }) as unknown as Template;
  const locales = new Map(["", "de", "pt-BR", "en-GB"].map((locale) => [locale, make(locale)]));

  test.each([
    ["de", "de"],
    ["de-AT", "de"],
    ["DE_at", "de"],
    ["pt-BR", "pt-BR"],
    ["pt", ""],
    ["fr", ""],
    ["", ""],
  ])("for a lead of %j is %j", (locale, expected) => {
    expect(pickTemplate(locales, locale, "en")?.locale).toBe(expected);
  });

  test("is the company's where the lead has none", () => {
    expect(pickTemplate(locales, null, "de-CH")?.locale).toBe("de");
    expect(pickTemplate(locales, "fr", "de")?.locale).toBe("");
  });

  test("chooses layouts and partials of that locale too", async () => {
    const file = (name: string, source: string) => [name, { file: name, source }] as const;
    const layouts = new Map([
      file(
        "default",
        "<mjml><mj-body>{{{body}}}<mj-section><mj-column><mj-text>Bye</mj-text></mj-column></mj-section></mj-body></mjml>",
      ),
      file(
        "default.de",
        "<mjml><mj-body>{{{body}}}<mj-section><mj-column><mj-text>Tschüss</mj-text></mj-column></mj-section></mj-body></mjml>",
      ),
    ]);
    expect((await compiled(inText("x"), { layouts, locale: "de-AT" })).text).toContain("Tschüss");
    expect((await compiled(inText("x"), { layouts, locale: "fr" })).text).toContain("Bye");
  });
});

describe("words", () => {
  test("a bare date is that day everywhere, an instant the day of the zone", () => {
    expect(formatDate("2026-03-01", "America/New_York", "en")).toBe("March 1, 2026");
    expect(formatDate("2026-03-01T02:00:00Z", "America/New_York", "en")).toBe("February 28, 2026");
    expect(formatDate(Date.UTC(2026, 2, 1, 2), "Asia/Tokyo", "de-AT")).toBe("1. März 2026");
  });

  test("an odd zone, locale or date breaks no mail", () => {
    expect(formatDate("2026-03-01T02:00:00Z", "Mars/Olympus", "en")).toBe("March 1, 2026");
    expect(formatDate("2026-03-01", "UTC", "no such locale!")).toBe("March 1, 2026");
    expect([
      formatDate("soon", "UTC", "en"),
      formatDate(9e99, "UTC", "en"),
      formatDate(null, "UTC", "en"),
    ]).toEqual(["soon", "9e+99", ""]);
  });

  test("plurals follow the language", () => {
    expect([0, 1, 2, "1", undefined, "many"].map((count) => plural(count, "seat", "seats", "en"))).toEqual([
      "seats",
      "seat",
      "seats",
      "seat",
      "seats",
      "seats",
    ]);
    expect(plural(0, "place", "places", "fr")).toBe("place");
  });
});
