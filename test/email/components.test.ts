import { describe, expect, test } from "vitest";
import { renderer } from "../../src/email/render.ts";
import { compiled, inText, problemsOf, variables } from "./templates.ts";

async function htmlFor(body: string, lead: Record<string, unknown> = {}): Promise<string> {
  return renderer(await compiled(body))(variables(lead)).html;
}

describe("a block between components", () => {
  const placements: Record<string, string> = {
    "sections of a body": `{{#if plan}}${inText("YES")}{{else}}${inText("NO")}{{/if}}`,
    "columns of a section": `<mj-section>{{#if plan}}<mj-column><mj-text>YES</mj-text></mj-column>{{else}}<mj-column><mj-text>NO</mj-text></mj-column>{{/if}}</mj-section>`,
    "contents of a column": `<mj-section><mj-column>{{#if plan}}<mj-text>YES</mj-text>{{else}}<mj-text>NO</mj-text>{{/if}}</mj-column></mj-section>`,
    "sections of a wrapper": `<mj-wrapper>{{#if plan}}${inText("YES")}{{else}}${inText("NO")}{{/if}}</mj-wrapper>`,
    "columns of a group": `<mj-section><mj-group>{{#if plan}}<mj-column><mj-text>YES</mj-text></mj-column>{{else}}<mj-column><mj-text>NO</mj-text></mj-column>{{/if}}</mj-group></mj-section>`,
    "contents of a hero": `<mj-hero>{{#if plan}}<mj-text>YES</mj-text>{{else}}<mj-text>NO</mj-text>{{/if}}</mj-hero>`,
    "links of a navbar": `<mj-section><mj-column><mj-navbar>{{#if plan}}<mj-navbar-link href="https://a.example">YES</mj-navbar-link>{{else}}<mj-navbar-link href="https://b.example">NO</mj-navbar-link>{{/if}}</mj-navbar></mj-column></mj-section>`,
    "elements of a social": `<mj-section><mj-column><mj-social>{{#if plan}}<mj-social-element src="https://i.example/x.png" href="https://a.example">YES</mj-social-element>{{else}}<mj-social-element src="https://i.example/x.png" href="https://b.example">NO</mj-social-element>{{/if}}</mj-social></mj-column></mj-section>`,
    "elements of an accordion": `<mj-section><mj-column><mj-accordion>{{#if plan}}<mj-accordion-element><mj-accordion-title>YES</mj-accordion-title></mj-accordion-element>{{else}}<mj-accordion-element><mj-accordion-title>NO</mj-accordion-title></mj-accordion-element>{{/if}}</mj-accordion></mj-column></mj-section>`,
    "rows of a table": `<mj-section><mj-column><mj-table>{{#if plan}}<tr><td>YES</td></tr>{{else}}<tr><td>NO</td></tr>{{/if}}</mj-table></mj-column></mj-section>`,
    "an author's own mj-raw": `<mj-raw>{{#if plan}}</mj-raw>${inText("YES")}<mj-raw>{{else}}</mj-raw>${inText("NO")}<mj-raw>{{/if}}</mj-raw>`,
  };

  test.each(Object.entries(placements))("shows one of two: %s", async (_, body) => {
    const template = await compiled(body);
    const rich = renderer(template)(variables({ plan: "pro" }));
    const poor = renderer(template)(variables({}));
    for (const part of ["html", "text"] as const) {
      expect(rich[part]).toContain("YES");
      expect(rich[part]).not.toContain("NO");
      expect(poor[part]).toContain("NO");
      expect(poor[part]).not.toContain("YES");
    }
    expect(tagsOf(rich.html)).toEqual([]);
    expect(tagsOf(poor.html)).toEqual([]);
  });

  test.each([
    [
      `{{#if plan}}<mj-section><mj-column>{{/if}}<mj-text>x</mj-text></mj-column></mj-section>`,
      "another element",
    ],
    [
      `<mj-section><mj-column>{{#if plan}}<mj-text>x{{/if}}</mj-text></mj-column></mj-section>`,
      "another element",
    ],
    [
      `<mj-section><mj-column><mj-text {{#if plan}}color="red"{{/if}}>x</mj-text></mj-column></mj-section>`,
      "between its attributes",
    ],
    [`<mj-section>{{company_name}}</mj-section>`, "can't stand between components (put it inside <mj-text>)"],
    [`<mj-section>Hello</mj-section>`, "MJML drops text that stands inside <mj-section>"],
    [`<mj-section><p>Hello</p></mj-section>`, "<p> can't stand inside <mj-section>"],
    [
      `<mj-section><mj-column><mj-carousel>{{#if plan}}<mj-carousel-image src="https://a.example/x.png" />{{/if}}</mj-carousel></mj-column></mj-section>`,
      "can't stand inside <mj-carousel>",
    ],
  ])("that can't be made right is an error: %s", async (body, message) => {
    const problems = await problemsOf(body);
    expect(problems.join("\n")).toContain(message);
    expect(problems[0]).toMatch(/^warm\/case-study\.mjml:4:\d+: /);
  });
});

describe("an attribute of a component", () => {
  test.each([
    ["width", `<mj-section><mj-column width="{{seats 50}}%"></mj-column></mj-section>`],
    ["padding", `<mj-section padding="{{seats 5}}px"><mj-column></mj-column></mj-section>`],
    [
      "font-size",
      `<mj-section><mj-column><mj-text font-size="{{seats 5}}px">x</mj-text></mj-column></mj-section>`,
    ],
    ["height", `<mj-section><mj-column><mj-spacer height="{{seats 5}}px" /></mj-column></mj-section>`],
    ["css-class", `<mj-section css-class="{{plan 'x'}}"><mj-column></mj-column></mj-section>`],
  ])("that MJML computes with can't hold Handlebars: %s", async (name, body) => {
    const [problem] = await problemsOf(body);
    expect(problem).toMatch(new RegExp(`^warm/case-study\\.mjml:4:\\d+: ${name} of <`));
  });

  test("that MJML copies may, with quotes in quotes too", async () => {
    const body = `<mj-section background-color='{{plan "#ffeedd"}}'><mj-column>
      <mj-image src="https://i.example/{{plan 'basic'}}.png" alt="A {{plan "basic"}} plan" />
      <mj-text color="{{plan '#123456'}}">x</mj-text></mj-column></mj-section>`;
    const html = await htmlFor(body);
    expect(html).toContain('alt="A basic plan"');
    expect(html).toContain('src="https://i.example/basic.png"');
    expect(html).toContain("color:#123456");
    expect(html).toContain("background-color:#ffeedd");
    expect(await htmlFor(body, { plan: '"><b>' })).toContain('alt="A &quot;&gt;&lt;b&gt; plan"');
  });
});

describe("MJML that would tear a mail apart is refused:", () => {
  test.each([
    [
      'inline="inline"',
      `<mjml><mj-head><mj-style inline="inline">a{}</mj-style></mj-head><mj-body></mj-body></mjml>`,
    ],
    [
      "a style can't hold Handlebars",
      `<mjml><mj-head><mj-style>a{color:{{plan "x"}} }</mj-style></mj-head><mj-body></mj-body></mjml>`,
    ],
    ["<mj-include> is no part", `<mj-include path="../../../etc/passwd" />`],
    [
      "<mj-html-attributes> is no part",
      `<mjml><mj-head><mj-html-attributes></mj-html-attributes></mj-head><mj-body></mj-body></mjml>`,
    ],
    [
      'there is no <mj-txt> (did you mean "mj-text"?)',
      `<mj-section><mj-column><mj-txt>x</mj-txt></mj-column></mj-section>`,
    ],
    [
      "</mj-section> stands before the end of <mj-column>",
      `<mj-section><mj-column><mj-text>x</mj-text></mj-section>`,
    ],
    ["</mj-section> closes nothing", `</mj-section>`],
    ["<mj-button> can't stand inside <mj-text>", inText(`<mj-button>x</mj-button>`)],
    ["Attribute paddin is illegal", `<mj-section paddin="1px"><mj-column></mj-column></mj-section>`],
    ["mj-text cannot be used inside mj-section", `<mj-section><mj-text>x</mj-text></mj-section>`],
  ])("%s", async (message, body) => {
    const problems = (await problemsOf(body)).join("\n");
    expect(problems).toContain(message);
    expect(problems).toMatch(/^warm\/case-study\.mjml:4:\d+: /);
  });

  test("a complaint of MJML's own stands at the author's line, in partials and layouts too", async () => {
    const layouts = new Map([
      [
        "default",
        {
          file: "layout",
          source: `<mjml>\n<mj-body>\n{{{body}}}\n<mj-section paddin="1px">\n</mj-section></mj-body></mjml>`,
        },
      ],
    ]);
    const partials = new Map([["sig", { file: "sig", source: `\n\n<mj-text colour="red">x</mj-text>` }]]);
    const body = `\n<mj-section>\n<mj-column>{{> sig}}</mj-column></mj-section>\n\n`;
    const problems = await problemsOf(body, { layouts, partials });
    expect(
      problems.filter((problem) => problem.includes("illegal")).map((problem) => problem.split(" ")[0]),
    ).toEqual(["layout:4:1:", "sig:3:1:"]);
  });
});

test("no template reaches for a font or anything else on the network by itself", async () => {
  const html = await htmlFor(inText("x"));
  expect(html).not.toMatch(/googleapis|@import|<link/);
});

test("a mail names its language", async () => {
  expect(renderer(await compiled(inText("x"), { locale: "de" }))(variables()).html).toContain(
    '<html lang="de"',
  );
  expect(await htmlFor(inText("x"))).toContain('<html lang="en"');
});

/** Placeholders or tags left over, and NaN. */
function tagsOf(html: string): string[] {
  return html.match(/[\uE000\uE001]|\{\{|NaN|undefined|\[object/g) ?? [];
}
