import type { Company } from "../config/settings.ts";
import { compilePart, type Context, type Names, newContext, setAddress } from "./handlebars.ts";
import { companyVariables } from "./language.ts";
import { headerText } from "./header-text.ts";
import { escapeAttribute } from "./links.ts";
import type { Template } from "./template.ts";
import { tidyText } from "./text.ts";
import { isMissing } from "./words.ts";

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

function compileRenderer(template: Template): Compiled {
  const names: Names = { variables: new Set(), links: new Set(), urls: new Set() };
  const subject = compilePart(template.subject, false, names);
  const preheader = compilePart(template.preheader, false, names);
  const html = compilePart(template.html, true, names);
  const text = compilePart(template.text, false, names);
  const used = [...names.variables].sort();
  const render: Renderer = (variables) => {
    const context = contextOf(template, used, variables);
    addAddresses(context, names, template, variables.urls);
    return {
      subject: headerText(subject(context)),
      preheader: headerText(preheader(context)),
      html: html(context),
      text: tidyText(text(context)),
    };
  };
  return { render, used };
}

/** Each address once, for both parts: signing it costs more than all the rest. */
function addAddresses(
  context: Context,
  { links, urls: helpers }: Names,
  template: Template,
  urls: MailUrls,
): void {
  for (const link of links) {
    setAddress(context, String(link), urls.link ? urls.link(link) : template.links[link]!);
  }
  for (const helper of helpers) {
    const url = urls[helper.slice(0, -"_url".length) as "unsubscribe" | "preferences" | "view" | "confirm"];
    if (url === undefined) throw new Error(`this mail has no ${helper}`);
    setAddress(context, helper, url);
  }
  context.__tail = tail(urls, template.hiddenLink);
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

const NONE: Readonly<Record<string, string | null>> = {};

/** Only what the template names, and only scalars. What is missing is not there at all. */
function contextOf(template: Template, names: readonly string[], variables: RenderVariables): Context {
  const context = newContext(variables.zone, template.locale ?? variables.locale);
  const company = names.some((name) => name.startsWith("company_"))
    ? companyVariables(variables.company)
    : NONE;
  for (const name of names) {
    if (name === "rep" || name.startsWith("rep.")) context.rep ??= variables.rep && repOf(variables.rep);
    else {
      const value = Object.hasOwn(company, name) ? company[name] : ownValue(name, variables);
      context[name] = printable(value);
    }
  }
  return context;
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
  return {
    __proto__: null,
    name: printable(rep.name),
    email: printable(rep.email),
    phone: printable(rep.phone),
  };
}

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
const CONTROLS = new RegExp(CONTROL, "g");

function printable(value: unknown): string | number | boolean | undefined {
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value !== "string" || isMissing(value)) return undefined;
  return CONTROL.test(value) ? value.replaceAll(CONTROLS, "") : value;
}
