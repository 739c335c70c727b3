/** Where in the dialogue a mail was refused; null where a report does not say. */
export type Stage = "before" | "recipient" | "content" | null;

/** In the transcripts of sendmail and its like: what was sent, then the refusal. */
const TRANSCRIPT =
  /^[ \t]*>>> ([a-z]{4})\b[^\n]*\n(?:[^\n]*\n){0,2}?[ \t]*<<< [45]|^[ \t]*(rcpt) to:[^\n]*\n[ \t]*[45]\d\d/im;

/** What mail programs write of it: Postfix, Exim, qmail, GMX, Yahoo, Gmail until 2011, dma, m-FILTER, and others. */
const TOLD: readonly (readonly [Exclude<Stage, null>, RegExp])[] = [
  [
    "content",
    /(?:in reply to|after|response to|like our) (?:the )?(?:end of |final |pipelined |sending )*data\b|\bdata command|\bsmtp command:?\s+data\b|smtp:\s?data|\[data\]|(?:for|after) (?:text command|transfer of mail text)|failed after i sent the message|message text rejected|\(state 1[5-8]\)/i,
  ],
  [
    "before",
    /(?:in reply to|after|response to|following|like our) (?:the )?(?:pipelined )?(?:mail (?:from|command)|helo|ehlo|initial connection|connect\b)|smtp:\s?(?:mail|helo|ehlo)|\[(?:mail_from|helo|connect)\]|(?:my name|sender) was rejected|but greeting failed|\(state 13\)/i,
  ],
  [
    "recipient",
    /(?:in reply to|after|response to|following|like our|command:?)\s+(?:the )?(?:pipelined )?rcpt\b|\brcpt(?: to)? command|smtp:\s?rcpt|\[rcpt_to\]|does not like recipient|rejected recipient|recipients? was rejected by a remote|recipient address(?:es)? rejected|\(state 14\)|\b5\d\d <[^\s<>]{1,300}>: /i,
  ],
];

/** At what command a server refused, as the report says it. */
export function stageIn(text: string): Stage {
  const [, sent, rcpt] = TRANSCRIPT.exec(text) ?? [];
  const command = (sent ?? rcpt)?.toLowerCase();
  if (command === "rcpt") return "recipient";
  if (command === "data") return "content";
  if (command !== undefined) return "before";
  for (const [stage, pattern] of TOLD) if (pattern.test(text)) return stage;
  return null;
}
