import { describe, expect, test } from "vitest";
import { compiled, inText, problemsOf, variables } from "./templates.ts";
import { renderer } from "../../src/email/render.ts";

// The body's first line is line 4 of its file.
const AT = "warm/case-study.mjml:4";

/** Of a text that stands in an mj-text, which begins at column 33. */
async function complaint(content: string, more?: Parameters<typeof problemsOf>[1]): Promise<string[]> {
  return problemsOf(inText(content), more);
}

describe("check refuses in a template", () => {
  test.each([
    ["{{first_nam}}", 'there is no variable "first_nam" (did you mean "first_name"?)'],
    ['{{comapny "you"}}', 'there is no variable "comapny" (did you mean "company"?)'],
    ["{{#if sets}}x{{/if}}", 'there is no variable "sets" (did you mean "seats"?)'],
    ["{{company.name}}", 'there is no variable "company.name" (did you mean "company_name"?)'],
    [
      "{{first_name}}",
      'first_name may be missing for some leads (write {{first_name "fallback"}}, or put it inside {{#if first_name}}…{{/if}})',
    ],
    ["{{rep.name}}", "rep.name may be missing for some leads"],
    ["{{#if rep}}{{rep.phone}}{{/if}}", "rep.phone may be missing for some leads"],
    ["{{#unless company}}{{company}}{{/unless}}", "company may be missing for some leads"],
    ["{{#if company}}x{{else}}{{company}}{{/if}}", "company may be missing for some leads"],
    ["{{company_country}}", "company_country may be missing for some leads"],
    ["{{#if renewal}}x{{/if}}{{date renewal zone}}", "renewal may be missing for some leads"],
    ["{{uppercase company}}", 'there is no helper "uppercase"'],
    ["{{plurl seats 'a' 'b'}}", 'there is no helper "plurl" (did you mean "plural"?)'],
    ["{{plural seats}}", "plural takes a number and two words"],
    ['{{#if renewal}}{{date renewal "Europe/Lisboa"}}{{/if}}', 'there is no time zone "Europe/Lisboa"'],
    ["{{#each seats}}x{{/each}}", "there is no block {{#each}}"],
    ["{{#with rep}}x{{/with}}", "there is no block {{#with}}"],
    ["{{#company}}x{{/company}}", "there is no block {{#company}} (write {{#if company}})"],
    ["{{^company}}x{{/company}}", "there is no block {{#company}} (write {{#if company}})"],
    ["{{#is plan}}x{{/is}}", "{{#is}} takes a variable and a value"],
    ["{{#if}}x{{/if}}", "{{#if}} takes a variable"],
    ["{{#if score includeZero=true}}x{{/if}}", "there is no includeZero= in templates"],
    ["{{lookup plan 'x'}}", 'there is no helper "lookup"'],
    ["{{log plan}}", 'there is no helper "log"'],
    ["{{constructor}}", 'there is no variable "constructor"'],
    ["{{__proto__}}", 'there is no variable "__proto__"'],
    ["{{plan.constructor}}", 'there is no variable "plan.constructor"'],
    ["{{__link 0}}", 'there is no variable "__link"'],
    ["{{__tail}}", 'there is no variable "__tail"'],
    ["{{@root.plan}}", 'templates can\'t print "@root.plan"'],
    ["{{../plan}}", 'templates can\'t print "../plan"'],
    ["{{this}}", 'templates can\'t print "this"'],
    ["{{#if (is plan 'x')}}x{{/if}}", "templates can't use a call inside a call"],
    ["{{{company_name}}}", '{{{ }}} is for body alone (write {{company_name "fallback"}})'],
    ["{{&company_name}}", "{{{ }}} is for body alone"],
    ["{{{body}}}", "{{{body}}} belongs in a layout"],
    ["{{body}}", "a layout's body is not escaped"],
    ["{{> sinature}}", 'there is no partial "sinature" (did you mean "signature"?)'],
    ["{{#> signature}}x{{/signature}}", "is no part of the template language"],
    ["{{#*inline 'x'}}x{{/inline}}", "is no part of the template language"],
    ["{{* x}}", "is no part of the template language"],
    ["{{{{raw}}}}x", "raw blocks"],
    ["\\{{company_name}}", "there can be no \\ before {{"],
    ["{{company_name", "this {{ is never closed"],
    ["{{company_name}}}", "there is a } too many"],
    ["{{#if company}}x", "{{#if company}} is never closed (write {{/if}} after it)"],
    ["x{{/if}}", "{{/if}} closes nothing"],
    ["{{#if plan}}x{{/is}}", "{{/is}} closes {{#if plan}} (write {{/if}})"],
    ["{{else}}", "{{else}} stands outside of any block"],
    ["{{confirm_url}}", "confirm_url belongs in templates under system/"],
    ["\uE000", "private-use character"],
  ])("%s", async (content, message) => {
    const problems = await complaint(content);
    expect(problems[0]).toContain(message);
    expect(problems[0]).toMatch(new RegExp(`^${AT}:\\d+: `));
    expect(problems).toHaveLength(1);
  });

  test("everything wrong at once, each at its line and column", async () => {
    const body = `<mj-section><mj-column>
  <mj-text>
    {{first_nam}}
    <a href="ftp://x.example">files</a>
  </mj-text>
  <mj-text padding="{{seats}}px">{{plan}}</mj-text>
</mj-column></mj-section>`;
    const problems = await problemsOf(body, { front: "subject: 'Hi {{frist_name}}'\ntopic: produkt" });
    expect(problems.map((problem) => problem.replace(/ \(.*/, ""))).toEqual([
      'warm/case-study.mjml:2:10: there is no variable "frist_name"',
      'warm/case-study.mjml:3:8: there is no topic "produkt"',
      'warm/case-study.mjml:7:5: there is no variable "first_nam"',
      'warm/case-study.mjml:8:14: "ftp://x.example" is no address of http, https or mailto',
      "warm/case-study.mjml:10:12: padding of <mj-text> can't hold Handlebars: MJML works with it before any lead is known",
      "warm/case-study.mjml:10:21: seats may be missing for some leads",
      "warm/case-study.mjml:10:34: plan may be missing for some leads",
    ]);
  });

  test("a variable, an address and the text part together, whatever else is wrong with the components", async () => {
    const text = { file: "templates/warm/case-study.txt", source: "{{nope}} https://x.example/{{plan 'x'}}" };
    const link = '{{nope}} <a href="javascript:x">go</a>';
    const said = [
      'case-study.mjml:4:33: there is no variable "nope"',
      'case-study.mjml:4:51: "javascript:x" is no address of http, https or mailto',
      'case-study.txt:1:1: there is no variable "nope"',
      "case-study.txt:1:10: a link's address can't hold Handlebars",
    ];
    const shown = (problems: readonly string[]) =>
      problems.map((problem) => problem.replace(/ \(.*/, "").replace(/^warm\//, ""));
    expect(shown(await problemsOf(inText(link), { text }))).toEqual(said);
    const torn = `${inText(link)}\n<mj-sectoin></mj-sectoin>`;
    expect(shown(await problemsOf(torn, { text }))).toEqual([
      ...said.slice(0, 2),
      "case-study.mjml:5:1: there is no <mj-sectoin>",
      "case-study.mjml:5:13: </mj-sectoin> closes nothing",
      ...said.slice(2),
    ]);
  });

  test("a mistake in a partial or a layout at its own file and line", async () => {
    const partials = new Map([
      ["sig", { file: "partials/sig.mjml", source: "<mj-text>\n{{repname}}\n</mj-text>" }],
    ]);
    const layouts = new Map([
      [
        "default",
        { file: "layouts/default.mjml", source: "<mjml><mj-body>\n{{{body}}}\n{{pln}}</mj-body></mjml>" },
      ],
    ]);
    const body = "<mj-section><mj-column>{{> sig}}{{> sig}}</mj-column></mj-section>";
    const problems = await problemsOf(body, { partials, layouts });
    expect(problems).toEqual([
      'layouts/default.mjml:3:1: there is no variable "pln" (did you mean "plan"?)',
      "layouts/default.mjml:3:1: {{pln}} can't stand between components (put it inside <mj-text>)",
      expect.stringContaining(
        'partials/sig.mjml:2:1: there is no variable "repname" (did you mean "rep.name"?)',
      ),
    ]);
  });

  test("a partial with parameters", async () => {
    const problems = await problemsOf(
      "<mj-section><mj-column>{{> signature plan='x'}}</mj-column></mj-section>",
    );
    expect(problems).toEqual([expect.stringContaining("a partial is named and takes nothing after it")]);
  });

  test("a partial that includes itself, and a layout without a body", async () => {
    const partials = new Map([["sig", { file: "sig", source: "{{> sig}}" }]]);
    expect((await problemsOf("{{> sig}}", { partials }))[0]).toContain('the partial "sig" includes itself');
    const layouts = new Map([["default", { file: "layout", source: "<mjml><mj-body></mj-body></mjml>" }]]);
    expect(await problemsOf(inText("x"), { layouts })).toContain(
      "layout:1:1: this layout has no {{{body}}} (put {{{body}}} inside <mj-body>)",
    );
  });

  test("front matter that is missing, incomplete or misspelt", async () => {
    expect(await problemsOf("x", { front: "topic: product" })).toContain(
      "warm/case-study.mjml:1:1: a mail needs a subject",
    );
    expect(await problemsOf(inText("x"), { front: "subject: Hi\nsubjekt: Ho" })).toEqual([
      'warm/case-study.mjml:3:1: unknown key "subjekt" (did you mean "subject"?)',
    ]);
    expect((await problemsOf(inText("x"), { front: "subject: Hi\nfrom: nobody" }))[0]).toContain(
      "no mailbox",
    );
    expect((await problemsOf(inText("x"), { front: "subject: Hi\nlayout: other" }))[0]).toContain(
      "no layout",
    );
    const bare = { mjml: { file: "templates/x.mjml", source: inText("x") } };
    expect((await problemsOf("", bare))[0]).toContain("there is no front matter with a subject");
  });

  test("a partial or an unknown name in a subject and a text part", async () => {
    const text = { file: "templates/warm/case-study.txt", source: "Hi\n{{first_name}} {{> signature}}" };
    const problems = await problemsOf(inText("x"), { text, front: "subject: '{{> signature}}'" });
    expect(problems[0]).toContain(".mjml:2:10: a partial is MJML");
    expect(problems[1]).toContain(".txt:2:1: first_name may be missing");
    expect(problems[2]).toContain(".txt:2:16: a partial is MJML");
  });
});

describe("check takes in a template", () => {
  test.each([
    ['{{first_name "there"}}', "there"],
    ["{{first_name 'there'}}", "there"],
    ["{{seats 5}}", "5"],
    ['{{rep.name "The team"}}', "The team"],
    ["{{company_name}}", "Acme &amp; Sons"],
    ["{{email}}", "ada@north.example"],
    ["{{score}}", "49"],
    ["{{temperature}}", "warm"],
    ["{{#if company}}{{company}}{{else if plan}}{{plan}}{{else}}neither{{/if}}", "neither"],
    ["{{#unless plan}}no plan{{else}}{{plan}}{{/unless}}", "no plan"],
    ["{{#if plan}}{{#if company}}{{plan}} {{company}}{{/if}}{{/if}}", ""],
    ["{{#if rep}}{{rep.name}} {{rep.email}}{{/if}}", ""],
    ["{{~#if plan~}} {{plan}} {{~/if~}}", ""],
    ["{{! a note }}{{!-- a {{longer}} note --}}x", "x"],
    ["<!-- {{anything at all}} {{/if}} -->x", "x"],
    ['{{company "a }} b"}}', "a }} b"],
    ['{{plural 1 "seat" "seats"}}', "seat"],
  ])("%s", async (content, shown) => {
    const template = await compiled(inText(`<p>${content}</p>`));
    const { html } = renderer(template)(variables());
    expect(html.replace(/\n|(?<=<p>) +/g, "")).toContain(`<p>${shown}</p>`);
  });

  test("any attribute where the company declares none, but still no prototypes", async () => {
    expect(await problemsOf(inText('{{shoe_size "?"}}'), { attributes: null })).toEqual([]);
    for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
      expect((await problemsOf(inText(`{{${name} "?"}}`), { attributes: null }))[0]).toContain(
        "there is no variable",
      );
    }
  });
});
