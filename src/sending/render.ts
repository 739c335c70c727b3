import { zoneOf } from "../calendar/place.ts";
import type { MessageRow } from "../email/messages.store.ts";
import { ONLY_IN_THE_MAIL } from "../email/own-link.ts";
import {
  renderer,
  storedVariables,
  type MailUrls,
  type MailVariables,
  type RenderedMail,
} from "../email/render.ts";
import type { Template } from "../email/template.ts";
import { pickTemplate } from "../email/template.ts";
import { signToken, sequencePrefix, templatePrefix, type TokenKeys } from "../email/token.ts";
import { standingOf } from "../lifecycle/look.ts";
import type { Life } from "../lifecycle/life.ts";
import { localesOf } from "../programme/programme.ts";

/** The body of a mail that has no template: a notice, a digest. */
export interface Body {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** The addresses of one message. */
export function urlsOf(
  message: { readonly id: number; readonly sequence: string | null; readonly confirm?: string },
  template: Template,
  keys: TokenKeys,
  baseUrl: string,
  tracking: { readonly opens: boolean; readonly clicks: boolean },
): MailUrls {
  const named = { message: message.id };
  const click = {
    message: message.id,
    template: templatePrefix(template.hash),
    sequence: sequencePrefix(message.sequence),
  };
  return {
    unsubscribe: `${baseUrl}/t/u/${signToken(keys, "unsubscribe", named)}`,
    preferences: `${baseUrl}/t/p/${signToken(keys, "preferences", named)}`,
    confirm: message.confirm ?? `${baseUrl}/t/f/${ONLY_IN_THE_MAIL}`,
    view: `${baseUrl}/t/v/${signToken(keys, "view", named)}`,
    pixel: tracking.opens ? `${baseUrl}/t/o/${signToken(keys, "open", named)}.gif` : null,
    link: tracking.clicks ? (link) => `${baseUrl}/t/c/${signToken(keys, "click", { ...click, link })}` : null,
  };
}

/** The template of this name nearest to the lead's locale; undefined where there is none left. */
export function templateFor(life: Life, name: string): Template | undefined {
  const { settings } = life.programme;
  const locales = localesOf(life.programme, name);
  const wanted = life.lead.attributes["locale"];
  return (
    locales && pickTemplate(locales, typeof wanted === "string" ? wanted : null, settings.company.locale)
  );
}

/** That template, and what it may print of the lead; null where no such template is left. */
export function choose(life: Life, row: MessageRow): { template: Template; variables: MailVariables } | null {
  const { settings, reps } = life.programme;
  const template = templateFor(life, row.template);
  if (!template) return null;
  const rep = reps.reps.find((candidate) => candidate.rep === life.lead.owner);
  const variables = storedVariables(template, {
    lead: life.lead.attributes,
    email: life.lead.email,
    company: settings.company,
    rep: rep ? { name: rep.name, email: rep.email } : null,
    ...standingOf(life),
    locale: settings.company.locale,
    zone: zoneOf(life.lead.attributes, settings.company),
  });
  return { template, variables };
}

export function renderMail(template: Template, variables: MailVariables, urls: MailUrls): RenderedMail {
  return renderer(template)({ ...variables, urls });
}
