import Handlebars from "handlebars";
import type { Company } from "../config/settings.ts";
import { companyVariables, HELPERS, URL_HELPERS } from "./language.ts";
import { escapeAttribute } from "./links.ts";
import type { Template } from "./template.ts";
import { tidyText } from "./text.ts";
import { formatDate, isMissing, isSame, plural } from "./words.ts";

/** What a mail may say of its lead, rep and company. JSON-safe, so that a message can keep it. */
export interface MailVariables {
  /** The lead's attributes; only text, numbers, true and false are printed. */
  readonly lead: Readonly<Record<string, unknown>>;
  readonly email: string;
  readonly company: Company;
  readonly rep: { readonly name: string; readonly email: string; readonly phone?: string | null } | null;
  /** The default model's total; shown rounded down. */
  readonly score: number | null;
  readonly temperature: string | null;
  /** BCP 47, for dates and plurals of a template that has no locale of its own: the company's. */
  readonly locale: string;
  /** The lead's IANA zone. */
  readonly zone: string;
}

/** The addresses of one message, absolute. */
export interface MailUrls {
  readonly unsubscribe: string;
  readonly preferences: string;
  readonly view: string;
  /** Only in the engine's own mails (`system/…`). */
  readonly confirm?: string;
  /** null: opens are not tracked. */
  readonly pixel: string | null;
  /** The tracked address of a link by its number, the hidden one too; null: links lead straight where they lead. */
  readonly link: ((link: number) => string) | null;
}

export type RenderVariables = MailVariables & { readonly urls: MailUrls };

export interface RenderedMail {
  /** One line. */
  readonly subject: string;
  readonly preheader: string;
  readonly html: string;
  readonly text: string;
}

export type Renderer = (variables: RenderVariables) => RenderedMail;

/** How compile.ts writes a link and the end of a mail; authors can't, since no name of theirs begins so. */
export function linkTag(link: number): string {
  return `{{__link ${link}}}`;
}
export const TAIL_TAG = "{{__tail}}";

interface Compiled {
  readonly render: Renderer;
  /** Sorted: `first_name`, `rep.name`, `company_name`, `score`. */
  readonly used: readonly string[];
}

const compiled = new Map<string, Compiled>();
const MOST_KEPT = 1000;

/** The template as a function; the same one for the same hash, so that per mail only Handlebars runs. */
export function renderer(template: Template): Renderer {
  return compiledFor(template).render;
}

/** The names of all variables in a template, sorted, in the form in which templates write them. */
export function variablesUsed(template: Template): readonly string[] {
  return compiledFor(template).used;
}

/** What a message keeps so that it can be shown again: the attributes that its template uses, and no others. */
export function storedVariables(template: Template, variables: MailVariables): MailVariables {
  const used = variablesUsed(template);
  const { email, company, rep, score, temperature, locale, zone } = variables;
  const lead: Record<string, unknown> = Object.create(null);
  for (const name of used) if (Object.hasOwn(variables.lead, name)) lead[name] = variables.lead[name];
  return {
    lead: { ...lead },
    email,
    company,
    rep: used.some((name) => name === "rep" || name.startsWith("rep.")) ? rep : null,
    score: used.includes("score") ? score : null,
    temperature: used.includes("temperature") ? temperature : null,
    locale,
    zone,
  };
}

function compiledFor(template: Template): Compiled {
  let found = compiled.get(template.hash);
  if (found === undefined) {
    if (compiled.size >= MOST_KEPT) compiled.delete(compiled.keys().next().value!);
    found = compileRenderer(template);
    compiled.set(template.hash, found);
  }
  return found;
}

/** What the helpers reach by `this`. */
interface Context {
  readonly __mail: { readonly urls: MailUrls; readonly locale: string; readonly template: Template };
}

function compileRenderer(template: Template): Compiled {
  const used = new Set<string>();
  const make = (source: string, environment: typeof Handlebars) => {
    const program = environment.parse(source);
    new Rewriter(used).accept(program);
    return environment.compile<Context>(program, {
      data: false,
      knownHelpers: KNOWN_HELPERS,
      knownHelpersOnly: true,
      noEscape: environment === plain,
    });
  };
  const subject = make(template.subject, plain);
  const preheader = make(template.preheader, plain);
  const html = make(template.html, escaping);
  const text = make(template.text, plain);
  const names = [...used].sort();
  const render: Renderer = (variables) => {
    const context = contextOf(template, names, variables);
    return {
      subject: oneLine(subject(context)),
      preheader: oneLine(preheader(context)),
      html: html(context),
      text: tidyText(text(context)),
    };
  };
  return { render, used: names };
}

/** Notes the variables, and turns `{{name "fallback"}}` into a call, since Handlebars throws on that form. */
class Rewriter extends Handlebars.Visitor {
  private readonly used: Set<string>;

  constructor(used: Set<string>) {
    super();
    this.used = used;
  }

  override MustacheStatement(node: hbs.AST.MustacheStatement): void {
    const path = node.path as hbs.AST.PathExpression;
    if (node.params.length === 1 && !(path.original in KNOWN_HELPERS)) {
      node.params = [path, node.params[0]!];
      node.path = { ...path, original: "__or", parts: ["__or"] };
    }
    super.MustacheStatement(node);
  }

  override PathExpression(path: hbs.AST.PathExpression): void {
    if (!(path.original in KNOWN_HELPERS) && path.original !== "zone") this.used.add(path.original);
  }
}

const KNOWN_HELPERS: Record<string, boolean> = Object.assign(
  Object.create(null),
  Object.fromEntries([...HELPERS, "__or", "__link", "__tail"].map((name) => [name, true])),
);

const plain = environment((text) => text);
const escaping = environment((text) => new Handlebars.SafeString(escapeAttribute(text)));

/** Handlebars with the closed list of helpers and nothing else. `address` writes a URL. */
function environment(address: (url: string) => string | Handlebars.SafeString): typeof Handlebars {
  const made = Handlebars.create();
  for (const name of ["each", "with", "lookup", "log"]) made.unregisterHelper(name);
  made.registerHelper("__or", (value: unknown, fallback: unknown) => (isMissing(value) ? fallback : value));
  made.registerHelper("__link", function (this: Context, link: number) {
    const { urls, template } = this.__mail;
    return address(urls.link ? urls.link(link) : template.links[link]!);
  });
  made.registerHelper("__tail", function (this: Context) {
    return new Handlebars.SafeString(tail(this.__mail.urls, this.__mail.template.hiddenLink));
  });
  for (const name of URL_HELPERS) {
    const key = name.slice(0, -"_url".length) as "unsubscribe" | "preferences" | "view" | "confirm";
    made.registerHelper(name, function (this: Context) {
      const url = this.__mail.urls[key];
      if (url === undefined) throw new Error(`this mail has no ${name}`);
      return address(url);
    });
  }
  made.registerHelper("plural", function (this: Context, count: unknown, one: string, other: string) {
    return plural(count, one, other, this.__mail.locale);
  });
  made.registerHelper("date", function (this: Context & { zone: string }, value: unknown, zone: unknown) {
    return formatDate(value, typeof zone === "string" ? zone : this.zone, this.__mail.locale);
  });
  made.registerHelper(
    "is",
    function (this: Context, a: unknown, b: unknown, options: Handlebars.HelperOptions) {
      return isSame(a, b) ? options.fn(this) : options.inverse(this);
    },
  );
  return made;
}

/** The open pixel and, where links are tracked, the link that no person sees or reaches. */
function tail({ pixel, link }: MailUrls, hiddenLink: number): string {
  const image = pixel
    ? `<img src="${escapeAttribute(pixel)}" width="1" height="1" alt="" style="display:block;border:0;width:1px;height:1px">\n`
    : "";
  if (!link) return image;
  const hide = "display:none;max-height:0;overflow:hidden;font-size:1px;line-height:1px;mso-hide:all";
  return `${image}<div aria-hidden="true" style="${hide}"><a href="${escapeAttribute(link(hiddenLink))}" aria-hidden="true" tabindex="-1" style="${hide}">&#8203;</a></div>`;
}

/** Only what the template names, only scalars, and no prototype to reach. What is missing is not there at all. */
function contextOf(template: Template, names: readonly string[], variables: RenderVariables): Context {
  const context: Record<string, unknown> = Object.create(null);
  const company = companyVariables(variables.company);
  for (const name of names) {
    if (name === "rep" || name.startsWith("rep.")) continue;
    const value = Object.hasOwn(company, name) ? company[name] : ownValue(name, variables);
    const shown = printable(value);
    if (shown !== undefined) context[name] = shown;
  }
  context.rep = variables.rep && repOf(variables.rep);
  context.zone = variables.zone;
  context.__mail = { urls: variables.urls, locale: template.locale ?? variables.locale, template };
  return context as unknown as Context;
}

function ownValue(name: string, { lead, email, score, temperature }: RenderVariables): unknown {
  switch (name) {
    case "email":
      return email;
    case "score":
      return score === null ? null : Math.floor(score);
    case "temperature":
      return temperature;
    default:
      return Object.hasOwn(lead, name) ? lead[name] : undefined;
  }
}

function repOf(rep: NonNullable<MailVariables["rep"]>): Record<string, unknown> {
  const context: Record<string, unknown> = Object.create(null);
  context.name = printable(rep.name);
  context.email = printable(rep.email);
  context.phone = printable(rep.phone);
  return context;
}

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

function printable(value: unknown): string | number | boolean | undefined {
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value !== "string" || isMissing(value)) return undefined;
  return value.replace(CONTROL, "");
}

/** A header is one line, whatever an attribute holds (RFC 5322 §2.2). */
function oneLine(text: string): string {
  return text.replace(/[\s\u0085\u2028\u2029]+/g, " ").trim();
}
