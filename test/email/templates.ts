import { compileTemplate } from "../../src/email/compile.ts";
import { formatProblem } from "../../src/config/problems.ts";
import type { RenderVariables } from "../../src/email/render.ts";
import type { TemplateSources } from "../../src/email/sources.ts";
import type { Template } from "../../src/email/template.ts";

const company = { name: "Acme & Sons", address: "1 Main Street, Lisbon", locale: "en" };

const PARTIALS = new Map([
  [
    "signature",
    { file: "templates/partials/signature.mjml", source: `<mj-text>{{rep.name "The team"}}</mj-text>` },
  ],
]);

/** The files of one template; `body` stands below a front matter of three lines and a fence, so it begins on line 4. */
export function sources(
  body: string,
  more: Partial<TemplateSources> & { front?: string } = {},
): TemplateSources {
  const { front = "subject: Hello", ...rest } = more;
  return {
    name: "warm/case-study",
    locale: null,
    mjml: { file: "templates/warm/case-study.mjml", source: `---\n${front}\n---\n${body}` },
    text: null,
    layouts: new Map(),
    partials: PARTIALS,
    attributes: ["plan", "seats", "renewal"],
    topics: ["product"],
    company,
    ...rest,
  };
}

export function inText(content: string): string {
  return `<mj-section><mj-column><mj-text>${content}</mj-text></mj-column></mj-section>`;
}

export async function compiled(body: string, more?: Parameters<typeof sources>[1]): Promise<Template> {
  const result = await compileTemplate(sources(body, more));
  if ("problems" in result) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.template;
}

/** What `check` would print, without the folder. */
export async function problemsOf(body: string, more?: Parameters<typeof sources>[1]): Promise<string[]> {
  const result = await compileTemplate(sources(body, more));
  const problems = "problems" in result ? result.problems : result.warnings;
  return problems.map((problem) => formatProblem(problem).replace(/^templates\//, ""));
}

export function variables(
  lead: Record<string, unknown> = {},
  more: Partial<RenderVariables> = {},
): RenderVariables {
  return {
    lead,
    email: "ada@north.example",
    company,
    rep: null,
    score: 49.9,
    temperature: "warm",
    locale: "en",
    zone: "Europe/Lisbon",
    urls: {
      unsubscribe: "https://k.example/t/u/1",
      preferences: "https://k.example/t/p/1",
      view: "https://k.example/t/v/1",
      pixel: "https://k.example/t/o/1.gif",
      link: (link) => `https://k.example/t/c/${link}`,
    },
    ...more,
  };
}
