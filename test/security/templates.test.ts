import PostalMime from "postal-mime";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { loadProgramme } from "../../src/programme/load.ts";
import { compileOnce } from "../compile-once.ts";
import { COMPANY } from "./company.ts";
import { act, ADA, created, openServer, SECRET } from "./server.ts";

type Files = Readonly<Record<string, string>>;

const TEMPLATE = "templates/welcome/hello.mjml";
const LAYOUT = "templates/layouts/default.mjml";

/** A template with this front matter and body. */
const body = (mjml: string, front = "subject: Hi"): Files => ({
  [TEMPLATE]: `---\n${front}\n---\n${mjml}\n`,
});
const inText = (html: string, front?: string): Files =>
  body(`<mj-section><mj-column><mj-text>${html}</mj-text></mj-column></mj-section>`, front);
const front = (yaml: string): Files => inText("x", yaml);
/** A body with the partial `p0`; each of `count` holds the next one `times` times. */
const partials = (count: number, times: number): Files => ({
  ...body("<mj-section><mj-column>{{> p0}}</mj-column></mj-section>"),
  ...Object.fromEntries(
    Array.from({ length: count }, (_, place) => [
      `templates/partials/p${place}.mjml`,
      place === count - 1 ? "<mj-text>x</mj-text>" : `{{> p${place + 1}}}`.repeat(times),
    ]),
  ),
});

/** What a file of templates is like after `changes`: its problems, none where it is taken in. */
async function check(changes: Files): Promise<readonly string[]> {
  const before = process.cpuUsage();
  const loaded = await loadProgramme(new Map(Object.entries({ ...COMPANY, ...changes })), compileOnce);
  // Of computing, so that a busy machine is no reason, and four times what is promised: what would not end took 12 s and more.
  expect(process.cpuUsage(before).user / 1e6).toBeLessThan(4);
  return "problems" in loaded ? loaded.problems.map(({ file, message }) => `${file}: ${message}`) : [];
}

beforeAll(async () => {
  // The libraries are loaded.
  await loadProgramme(new Map(Object.entries(COMPANY)), compileOnce);
});

describe("a template is refused within a second that reaches for", () => {
  test.each([
    "{{constructor}}",
    '{{constructor.constructor "return process"}}',
    '{{__proto__ "x"}}',
    '{{prototype "x"}}',
    '{{toString "x"}}',
    "{{hasOwnProperty 'x'}}",
    "{{this}}",
    "{{this.constructor}}",
    "{{this.[constructor]}}",
    "{{[constructor]}}",
    '{{["constructor"]}}',
    '{{"constructor"}}',
    "{{@root}}",
    "{{@root.constructor}}",
    "{{@global.process.env}}",
    "{{process.env.KINDLING_SECRET}}",
    "{{../first_name}}",
    '{{rep.constructor "x"}}',
    '{{rep.__proto__ "x"}}',
    '{{first_name.constructor "x"}}',
    "{{email.length}}",
    '{{lookup this "constructor"}}',
    '{{first_name (lookup this "constructor")}}',
    "{{#each this}}{{@key}}{{/each}}",
    "{{#each 'aaaaaaaaaaaaaaaa'}}x{{/each}}",
    "{{#with constructor}}{{name}}{{/with}}",
    "{{helperMissing}}",
    '{{__or first_name "x"}}',
    "{{__link 0}}",
    "{{__tail}}",
    "{{#if constructor}}x{{/if}}",
    '{{#is __proto__ "x"}}x{{/is}}',
    '{{plural constructor "a" "b"}}',
    "{{date __proto__ zone}}",
    "{{#if (is 1 1)}}x{{/if}}",
    "{{#if first_name as |constructor|}}{{constructor}}{{/if}}",
    '{{#*inline "x"}}y{{/inline}}',
    "{{* decorator}}",
    "{{#> layout}}x{{/layout}}",
    "{{> @partial-block}}",
    '{{> (lookup this "x")}}',
    '{{{first_name "x"}}}',
    '{{&first_name "x"}}',
    "{{{{raw}}}}{{first_name}}{{{{/raw}}}}",
  ])("%s, in HTML, subject and text, with declared attributes and with any", async (tag) => {
    const inSubject = `---\nsubject: '${tag.replaceAll("'", "''")}'\n---\n<mj-section></mj-section>\n`;
    const files = {
      ...inText(tag),
      "templates/welcome/again.mjml": inSubject,
      "templates/system/confirm.txt": tag,
    };
    const open = COMPANY["config/kindling.yaml"]!.replace(/attributes: .*/, "");
    for (const config of [COMPANY["config/kindling.yaml"]!, open]) {
      const problems = await check({ ...files, "config/kindling.yaml": config });
      for (const file of Object.keys(files)) expect(problems.join("\n")).toContain(file);
    }
  });

  test.each(['{{env "KINDLING_SECRET"}}', '{{log "x"}}', '{{blockHelperMissing "x"}}'])(
    "%s, which may be an attribute where any name is one",
    async (tag) => {
      expect(await check(inText(tag))).not.toEqual([]);
    },
  );

  test.each([
    ["a file as a partial", inText("{{> ../../config/kindling}}")],
    ["a file as a partial by its whole path", inText('{{> "/etc/passwd"}}')],
    ["a file as a layout", front("subject: Hi\nlayout: ../../../etc/passwd")],
    ["a file by mj-include", body('<mj-include path="/etc/passwd" />')],
    ["a file by mj-include as a style", body('<mj-include path="../x.css" type="css" />')],
    ["a file by MJ-INCLUDE", body('<MJ-INCLUDE path="/etc/passwd"></MJ-INCLUDE>')],
    ["a file inside mj-raw", body('<mj-raw><mj-include path="/etc/passwd" /></mj-raw>')],
    [
      "a file inside Outlook's comment",
      body('<mj-raw><!--[if mso]><mj-include path="/etc/passwd" /><![endif]--></mj-raw>'),
    ],
    [
      "a file from the layout's head",
      {
        [LAYOUT]: `<mjml><mj-head><mj-include path="x" /></mj-head><mj-body>{{{body}}}</mj-body></mjml>`,
      },
    ],
    ["an entity", body('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><mj-text>&a;</mj-text>')],
    ["a function by YAML", front("subject: !!js/function 'function(){ return process.env }'")],
    ["an object by YAML", front("subject: !<tag:yaml.org,2002:python/object> x")],
    ["a prototype by YAML", front("__proto__: { subject: x }\nsubject: Hi")],
    ["a constructor by YAML", front("constructor: { prototype: { x: 1 } }\nsubject: Hi")],
    ["a merged key by YAML", front("base: &b { subject: x }\n<<: *b")],
  ])("%s", async (_what, files) => {
    expect(await check(files)).not.toEqual([]);
  });
});

describe("a template is refused within a second that would not end", () => {
  const many = 100_000;
  const nested = (open: string, close: string, times: number) => open.repeat(times) + close.repeat(times);
  test.each([
    ["partials that hold each other", partials(18, 3), "larger than 300 kB together"],
    ["a chain of partials", partials(2000, 1), "more than 20 partials"],
    [
      "partials in a ring",
      { ...partials(2, 1), "templates/partials/p1.mjml": "{{> p0}}" },
      "includes itself",
    ],
    ["blocks inside blocks", inText(nested("{{#if plan}}", "{{/if}}", 5000)), "more than 100 blocks"],
    ["a chain of else if", inText(`{{#if plan}}${"{{else if plan}}".repeat(5000)}{{/if}}`), "100 blocks"],
    ["elements inside elements", inText(nested("<b>", "</b>", 5000)), "too many elements"],
    ["components inside components", body(nested("<mj-wrapper>", "</mj-wrapper>", 3000)), "too many"],
    ["a file without end", inText("x".repeat(4 * many)), "larger than 300 kB"],
    ["comments that never end", inText("<!--".repeat(many / 2)), "998 bytes"],
    ["spaces", inText(`a${" ".repeat(many)}b`), "beyond 102"],
    ["braces", inText("{".repeat(many)), "never closed"],
    ["quotes", inText(`{{first_name "${'\\"'.repeat(many)}`), "never closed"],
    ["aliases of aliases", front(aliases(7)), "aliases multiply"],
    ["an alias of itself", front("a: &a [*a]\nsubject: Hi"), "nested too deeply"],
    ["lists inside lists", front(`a: ${nested("[", "]", 20_000)}`), "nested too deeply"],
  ])("%s", async (_what, files, message) => {
    expect((await check(files)).join()).toContain(message);
  });
});

/** Each line ten times the one before. */
function aliases(lines: number): string {
  const list = (name: string) => `[${Array.from({ length: 10 }, () => name).join(", ")}]`;
  const names = Array.from({ length: lines }, (_, place) => `a${place}`);
  return names
    .map((name, place) => `${name}: &${name} ${list(place === 0 ? "x" : `*a${place - 1}`)}`)
    .concat("subject: Hi")
    .join("\n");
}

test("what a lead holds is text in every mail, whatever template it spells", async () => {
  const server = await openServer();
  onTestFinished(() => server.close());
  const values = [
    "{{constructor}}",
    '{{{constructor.constructor "return process.env"}}}',
    "{{#each this}}{{@key}}={{this}}{{/each}}",
    "{{company_name}} {{unsubscribe_url}} {{> p0}}",
    "{{__tail}}{{__link 0}}",
    "${process.env.KINDLING_SECRET} <%= 7*7 %> #{7*7} [[7*7]]",
    "\uE0000\uE001 \uE000N0\uE001 \uE000L0\uE001",
    "$& $1 $` $' $$",
    "__proto__",
  ];
  for (const [place, value] of values.entries()) {
    const attributes = { first_name: value, last_name: value, company: value, job_title: value, plan: value };
    const email = `lead${place}@customer.example`;
    await server.arrive(email, created(attributes), act("welcome.asked"), act("demo.requested"));
  }
  await server.arrive(ADA, created(), act("welcome.asked"));
  await server.settle();
  for (const [place, value] of values.entries()) {
    const sent = server.mails.find(({ to }) => to === `lead${place}@customer.example`)!;
    const { subject, text, html } = await PostalMime.parse(sent.raw);
    expect(subject).toBe(`Hello ${value} of ${value}, ${value}`);
    expect(text!.replaceAll("\n", " ")).toContain(
      `Hello ${value} of ${value}, ${value}, ${value}, ${value}.`,
    );
    expect(unescaped(html!)).toContain(`Hello ${value} of ${value}`);
  }
  const told = await Promise.all(
    server.mails.filter(({ to }) => to.endsWith("@acme.example")).map(({ raw }) => PostalMime.parse(raw)),
  );
  for (const value of values)
    expect(
      told.some(({ text }) => text!.includes(value)),
      value,
    ).toBe(true);
  for (const { raw } of server.mails) expect(raw).not.toContain(SECRET);
});

function unescaped(html: string): string {
  return html
    .replaceAll(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replaceAll(/\s+/g, " ");
}
