import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { destinationOf } from "../../src/email/links.ts";
import { renderer } from "../../src/email/render.ts";
import { addUtm } from "../../src/email/utm.ts";
import { compiled, inText, problemsOf, variables } from "./templates.ts";

const button = (href: string, words = "Go") =>
  `<mj-section><mj-column><mj-button href="${href}">${words}</mj-button></mj-column></mj-section>`;

describe("links", () => {
  test("are numbered in the order in which they appear, equal ones too", async () => {
    const template = await compiled(
      inText(`<a href="https://a.example">1</a>`) +
        button("https://b.example") +
        inText(`<a href='https://a.example'>2</a>`),
    );
    expect(template.links).toEqual(["https://a.example", "https://b.example", "https://a.example"]);
    expect(template.hiddenLink).toBe(3);
    const { html } = renderer(template)(variables());
    expect(
      [...html.matchAll(/href="https:\/\/k\.example\/t\/c\/(\d+)"/g)].map(([, number]) => number),
    ).toEqual(["0", "1", "2", "3"]);
    expect(html).not.toContain("https://a.example");
  });

  test("that MJML draws twice for one element are one", async () => {
    const social = `<mj-section><mj-column><mj-social>
      <mj-social-element src="https://i.example/x.png" href="https://a.example">Us</mj-social-element>
      <mj-social-element src="https://i.example/x.png" href="https://a.example">Us again</mj-social-element>
    </mj-social></mj-column></mj-section>`;
    const template = await compiled(social);
    expect(template.links).toEqual(["https://a.example", "https://a.example"]);
    expect(template.html.match(/\{\{__link 0\}\}/g)).toHaveLength(2);
  });

  test("that an author draws twice, for Outlook and for the others, are one", async () => {
    const raw = inText(
      `<!--[if mso]><v:roundrect href="https://a.example" style="width:100px"></v:roundrect><![endif]--><!--[if !mso]><!--><a href="https://a.example">Go</a><!--<![endif]-->`,
    );
    const template = await compiled(raw);
    expect(template.links).toEqual(["https://a.example"]);
    expect(template.html.match(/\{\{__link 0\}\}/g)).toHaveLength(2);
  });

  test("keep their query and fragment, entities read", async () => {
    const template = await compiled(button("https://a.example/x?a=1&amp;b=%20#top"));
    expect(template.links).toEqual(["https://a.example/x?a=1&b=%20#top"]);
    const { html, text } = renderer(template)(variables({}, { urls: { ...variables().urls, link: null } }));
    expect(html).toContain('href="https://a.example/x?a=1&amp;b=%20#top"');
    expect(text).toContain("Go (https://a.example/x?a=1&b=%20#top)");
    expect(html).not.toContain("aria-hidden");
  });

  test("behind an mj-navbar's base-url and an element that shares a page are whole", async () => {
    const template = await compiled(
      `<mj-section><mj-column><mj-navbar base-url="https://a.example"><mj-navbar-link href="/x">x</mj-navbar-link></mj-navbar>
       <mj-social><mj-social-element name="facebook" href="https://b.example">f</mj-social-element></mj-social></mj-column></mj-section>`,
    );
    expect(template.links).toEqual([
      "https://a.example/x",
      "https://www.facebook.com/sharer/sharer.php?u=https://b.example",
    ]);
  });

  test("to unsubscribe, preferences and view are the mail's own, and mailto stays", async () => {
    const template = await compiled(
      inText(
        `<a href="{{unsubscribe_url}}">u</a> <a href="{{ preferences_url }}">p</a> <a href="{{view_url}}">v</a> <a href="mailto:a@b.example?subject=Hi&amp;body=x">m</a>`,
      ),
    );
    expect(template.links).toEqual([]);
    const { html, text } = renderer(template)(variables());
    expect(html).toContain('<a href="https://k.example/t/u/1">u</a>');
    expect(html).toContain('href="mailto:a@b.example?subject=Hi&amp;body=x"');
    expect(text).toContain("u (https://k.example/t/u/1) p (https://k.example/t/p/1)");
  });

  test.each([
    ["https://a.example/{{plan 'x'}}", "can't hold Handlebars"],
    ["{{plan 'https://a.example'}}", "can't hold Handlebars"],
    ["{{unsubscribe_url}}?x=1", "can't hold Handlebars"],
    ["{{#if plan}}https://a.example{{/if}}", "can't hold Handlebars"],
    ["ftp://a.example", "is no address of http, https or mailto"],
    ["javascript:alert(1)", "is no address of http, https or mailto"],
    ["data:text/html,x", "is no address of http, https or mailto"],
    ["tel:+351123", "is no address of http, https or mailto"],
    ["//a.example", "is no address of http, https or mailto"],
    ["www.a.example", "is no address of http, https or mailto"],
    ["#top", "is no address of http, https or mailto"],
    ["", "leads nowhere"],
    ["https://", "is no address"],
    ["https://a.example/a b", "holds characters that no address may hold"],
  ])("to %j are errors with their line", async (href, message) => {
    for (const body of [`\n${button(href)}`, `\n${inText(`<a class="x" href="${href}">x</a>`)}`]) {
      const problems = await problemsOf(body);
      expect(problems).toEqual([expect.stringMatching(/^warm\/case-study\.mjml:5:\d+: /)]);
      expect(problems[0]).toContain(message);
    }
  });

  test("that share one of the mail's own addresses are an error", async () => {
    const body = `<mj-section><mj-column><mj-social><mj-social-element name="facebook" href="{{view_url}}">f</mj-social-element></mj-social></mj-column></mj-section>`;
    expect((await problemsOf(body))[0]).toContain(
      "{{view_url}} becomes only a part of a link's address here",
    );
  });

  test("lead where the template says, the hidden one where the first does, others nowhere", async () => {
    const template = await compiled(button("https://a.example") + button("https://b.example"));
    expect([0, 1, 2, 3, -1].map((link) => destinationOf(template, link))).toEqual([
      "https://a.example",
      "https://b.example",
      "https://a.example",
      null,
      null,
    ]);
  });
});

describe("the end of a mail", () => {
  test("is a link that no person sees, after the pixel, and never in the text part", async () => {
    const { html, text } = renderer(await compiled(button("https://a.example")))(variables());
    const end = html.slice(html.indexOf("<img src="));
    expect(end).toMatch(
      /^<img src="https:\/\/k\.example\/t\/o\/1\.gif" width="1" height="1" alt="" style="[^"]*">\n<div aria-hidden="true" style="display:none;[^"]*"><a href="https:\/\/k\.example\/t\/c\/1" aria-hidden="true" tabindex="-1" style="display:none;[^"]*">&#8203;<\/a><\/div>\n<\/body>\s*<\/html>\s*$/,
    );
    expect(text).not.toContain("/t/c/1");
  });

  test("has no pixel where opens are not tracked", async () => {
    const urls = { ...variables().urls, pixel: null };
    expect(renderer(await compiled(inText("x")))(variables({}, { urls })).html).not.toContain("<img");
  });
});

describe("UTM parameters", () => {
  const utm = { source: "kindling", medium: "email", campaign: "{{sequence}}", content: "{{ template }}" };
  const values = { sequence: "warm nurture", template: "warm/case-study" };

  test.each([
    [
      "https://a.example",
      "https://a.example?utm_source=kindling&utm_medium=email&utm_campaign=warm%20nurture&utm_content=warm%2Fcase-study",
    ],
    [
      "https://a.example/x?a=1#top",
      "https://a.example/x?a=1&utm_source=kindling&utm_medium=email&utm_campaign=warm%20nurture&utm_content=warm%2Fcase-study#top",
    ],
    [
      "https://a.example/?utm_source=ad&utm_campaign=",
      "https://a.example/?utm_source=ad&utm_campaign=&utm_medium=email&utm_content=warm%2Fcase-study",
    ],
    [
      "https://a.example/?",
      "https://a.example/?utm_source=kindling&utm_medium=email&utm_campaign=warm%20nurture&utm_content=warm%2Fcase-study",
    ],
    ["mailto:a@b.example", "mailto:a@b.example"],
  ])("%s becomes %s", (url, expected) => {
    expect(addUtm(url, utm, values)).toBe(expected);
  });

  test("that come out empty are left out", () => {
    expect(
      addUtm("https://a.example", { campaign: "{{sequence}}", term: "{{constructor}}" }, { sequence: null }),
    ).toBe("https://a.example");
    expect(addUtm("https://a.example", null, {})).toBe("https://a.example");
  });

  test("never break an address, nor lead elsewhere", () => {
    fc.assert(
      fc.property(
        fc.webUrl({ withFragments: true, withQueryParameters: true }),
        fc.string({ unit: "binary" }),
        (url, value) => {
          const before = new URL(url);
          const after = new URL(
            addUtm(url, { source: value, campaign: "{{sequence}}" }, { sequence: value }),
          );
          expect([after.origin, after.pathname, after.hash]).toEqual([
            before.origin,
            before.pathname,
            before.hash,
          ]);
          expect(after.search.startsWith(before.search)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
