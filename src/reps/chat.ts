import { leadUrl } from "./answer-link.ts";
import type { Rep } from "./definition.ts";
import { lastActs, whyNow, who, type NoticeFacts } from "./notice.ts";

/** Stands in `webhook_deliveries` where others have the name of a webhook; no webhook can be called so. */
export const CHAT = "channel:chat";

/**
 * What the chat hears of a notice, in the incoming-webhook JSON that chat tools take. No link to answer by: it would
 * answer as this rep, and a channel has many readers.
 */
export function chatMessage(facts: NoticeFacts, rep: Rep, baseUrl: string): { text: string } {
  const { name, role } = who(facts);
  const last = lastActs(facts)
    .slice(0, 3)
    .map(({ words, when }) => `• ${words}, ${when}`);
  const lines = [`${rep.name}: ${[name, role].filter(Boolean).join(", ")}`, whyNow(facts).sentence, ...last];
  return { text: [...lines.map(harmless), leadUrl(baseUrl, facts.lead.email)].join("\n") };
}

/** What a stranger typed into a form can't call everybody in the channel, nor disguise a link. */
export function harmless(text: string): string {
  return text
    .replaceAll("<", "‹")
    .replaceAll(">", "›")
    .replaceAll(/@(?=(all|channel|everyone|here|group|team)\b)/gi, "@\u200b");
}
