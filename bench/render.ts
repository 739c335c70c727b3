import Handlebars from "handlebars";
import { renderer, type MailUrls, type MailVariables } from "../src/email/render.ts";
import type { Template } from "../src/email/template.ts";
import { shipped } from "./company.ts";
import { elapsed, measure, type Bench } from "./measure.ts";

const URLS: MailUrls = {
  unsubscribe: "https://k.example/t/u/unsubscribe",
  preferences: "https://k.example/t/p/preferences",
  view: "https://k.example/t/v/view",
  pixel: "https://k.example/t/o/open.gif",
  link: (link) => `https://k.example/t/c/${link}`,
};

const LEAD = { first_name: "Ada", last_name: "Lovelace", company: "Engines & Sons", employees: 120 };

/** All shipped templates of leads, both parts, against bare Handlebars over the same text. */
export const renderBench: Bench = {
  name: "render",
  async run({ quick }) {
    const { programme } = await shipped();
    const templates = [...programme.templates]
      .filter(([name]) => !name.startsWith("system/"))
      .flatMap(([, locales]) => [...locales.values()]);
    const variables: MailVariables = {
      lead: LEAD,
      email: "ada@engines.example",
      company: programme.settings.company,
      rep: { name: "Rita Rep", email: "rita@northbeam.example" },
      score: 31.4,
      temperature: "warm",
      locale: "en",
      zone: "Europe/Lisbon",
    };
    const ours = templates.map((template) => {
      const render = renderer(template);
      return () => render({ ...variables, urls: URLS });
    });
    const bare = templates.map((template) => bareRenderer(template, variables));
    const times = quick ? 5 : 400;
    const each = async (renderers: readonly (() => unknown)[]) => {
      const ms = await elapsed(() => {
        for (let time = 0; time < times; time++) for (const render of renderers) render();
      });
      return (ms * 1000) / (times * renderers.length);
    };
    const row = await measure({
      name: "a template rendered, HTML and text",
      unit: "µs",
      against: "bare Handlebars over the same parts",
      rounds: quick ? 1 : 7,
      target: { of: "ratio", at_most: 2 },
      value: () => each(ours),
      limit: () => each(bare),
    });
    return [row];
  },
};

/** The same parts with the same values, in Handlebars as it comes. */
function bareRenderer(template: Template, { lead, company, rep }: MailVariables): () => unknown {
  const context: Record<string, unknown> = {
    ...lead,
    rep,
    company_name: company.name,
    company_address: company.address,
    unsubscribe_url: URLS.unsubscribe,
    preferences_url: URLS.preferences,
    view_url: URLS.view,
    tail: `<img src="${URLS.pixel}" width="1" height="1" alt="">`,
  };
  for (const link of [...template.links, template.hiddenLink].keys())
    context[`link${link}`] = URLS.link!(link);
  const own = Handlebars.create();
  own.registerHelper(
    "is",
    function (this: unknown, a: unknown, b: unknown, options: Handlebars.HelperOptions) {
      return a === b ? options.fn(this) : options.inverse(this);
    },
  );
  own.registerHelper("plural", (count: unknown, one: string, other: string) => (count === 1 ? one : other));
  own.registerHelper("date", (value: unknown) => value);
  own.registerHelper("or", (value: unknown, fallback: unknown) => value ?? fallback);
  const compile = (text: string, noEscape: boolean) => {
    const plain = text
      .replace(/\{\{([\w.]+) ("[^"]*")\}\}/g, "{{or $1 $2}}")
      .replace(/\{\{__link (\d+)\}\}/g, "{{link$1}}")
      .replace("{{__tail}}", "{{{tail}}}");
    return own.compile(plain, { noEscape });
  };
  const parts = [
    compile(template.subject, true),
    compile(template.preheader, true),
    compile(template.html, false),
    compile(template.text, true),
  ];
  return () => parts.map((part) => part(context));
}
