import { any } from "../../sending/wording.ts";
import { isAutomatic } from "./automatic.ts";
import { addressesIn, blocksOf, first } from "./fields.ts";
import type { InboundMail } from "./mail.ts";
import { sectionsOf } from "./sections.ts";
import { stageIn } from "./stage.ts";
import { bounceVerdict, isTelling, type InboundVerdict } from "./verdict.ts";

/** Where a report ends and the mail that it returns begins. */
const ORIGINAL =
  /^[\s>*=_~+#|-]*(?:(?:this is a |below is a |here is a |a )?copy of (?:the|your)\b|(?:the |your )?(?:original|returned|unsent|undelivered|bounced|rejected|failed|enclosed)\s+(?:e-?mail|message|mail|headers?)\b(?!.{0,60}\b(?:was|could|has|is not)\b)|(?:original|returned|unsent) message (?:follows|begins|header)|below this line|message (?:header|text|contents?)s?\s*(?:follow|:|-)|header[s]? of (?:the|your)|begin returned|the (?:header|body|first \d+ lines) (?:of|is)|(?!.{0,20}transcript).{0,40}(?:follows|below)\s*[:.-]*\s*-{3,})/i;

const HEADER_LINE =
  /^ ?(?:>\s*(?=received|x-))?(?:received|return-path|dkim-signature|message-id|mime-version|x-[a-z-]+|content-type|authentication-results)\s*:\s?\S/i;

const LONGEST_REPORT = 20_000;

/** The report in words, without the mail that it returns. */
export function humanText(mail: InboundMail): string {
  const body: string[] = [];
  let saidSomething = false;
  let length = 0;
  for (const line of mail.text.split("\n")) {
    const short = line.slice(0, 2000);
    if (saidSomething && (ORIGINAL.test(short.slice(0, 200)) || HEADER_LINE.test(short))) break;
    saidSomething ||= /\w{4}/.test(short);
    length += short.length + 1;
    if (length > LONGEST_REPORT) break;
    body.push(short);
  }
  return body.join("\n");
}

const DAEMON =
  /mailer-?daemon|post_?master|mail delivery (?:sub)?system|mail delivery service|^<?>?$|mdaemon|mail administrator/i;

/** What mail servers write above a report, in the languages that Exchange and Outlook speak, too. */
const SUBJECT = any(
  /undeliver|delivery (?:status|fail|problem|report|error|has failed|to the following|incomplete)|deliver(?:y|ed) .{0,20}(?:fail|delayed)|mail (?:delivery|system) (?:fail|error)|mail failure|failure not(?:ice|ification)|^ndn:|messaging error/i,
  /fail(?:ed|ure)? (?:mail|delivery|to deliver)|return(?:ed)? (?:mail|message|to sender)|could not (?:be )?(?:send|deliver)|(?:not|problem) deliver|non-? ?deliver|delivery notification|address not found|error:? mail not sent/i,
  /unzustellbar|nicht zu(?:ge)?stell|zustellung fehl|non (?:remis|distribu)|no (?:entregado|se puede entregar)|n[ãa]o (?:entregue|foi poss[íi]vel entregar)|mancata consegna|non recapitabil|niet (?:bezorg|worden bezorg)|onbestelbaar/i,
  /ej leveran|kan ikke leveres|olevereret|toimitus ep[äa]onnistui|nie mo[żz]na dostarczy|niedostarczon|k[ée]zbes[íi]thetetlen|doru[čc]en[íi] se nezda|teslim edilemedi|недоставлен|не удается доставить|לא ניתן למסירה/i,
  /エラー|不達|配信不能|退信|無法傳遞|传递失败|未送达|未送達|배달되지 않음/i,
);

const UNDELIVERED =
  /(?:could|can|was|were) ?(?:not|n[o']t) (?:be )?deliver|undeliverable|unable to deliver|deliver\w* (?:has )?failed|did not reach/i;

/** What programs of mailing lists refuse they answer by a mail like any other. */
const LIST_SERVERS = ["x-mlserver", "x-ml-info", "x-mailman-version", "x-majordomo-version", "x-listserver"];

const REFUSED =
  /\bnot an? (?:\w+ )?(?:member|subscriber)|only (?:members|subscribers)|not (?:allowed|permitted) to post|\b(?:rejected|too big|too large)\b/i;

/** Whether a mail without a report that machines read is one all the same, by who sends it and what it is about. */
export function isBounce(mail: InboundMail): boolean {
  if (mail.headers("x-failed-recipients").length > 0) return true;
  const type = mail.header("content-type");
  if (/multipart\/report/i.test(type) && !/disposition-notification/i.test(type)) return true;
  if (/mailer-?daemon@/i.test(mail.header("from"))) return true;
  if (returned(mail) && UNDELIVERED.test(humanText(mail))) return true;
  if (LIST_SERVERS.some((name) => mail.headers(name).length > 0) && REFUSED.test(humanText(mail)))
    return true;
  const sender = DAEMON.test(mail.header("from"));
  if (SUBJECT.test(mail.subject) && (sender || returned(mail))) return true;
  const human = humanText(mail);
  if (sender) return returned(mail) || isTelling(human);
  // Persons and their machines write of a delivery, too, and answer a report.
  const answers =
    isAutomatic(mail) || mail.header("in-reply-to") !== "" || /^\s*(?:re|aw|antw|sv)\s*:/i.test(mail.subject);
  return SUBJECT.test(mail.subject) && !answers && (UNDELIVERED.test(human) || isTelling(human));
}

function returned(mail: InboundMail): boolean {
  return mail.parts.some(({ type }) => type === "message/rfc822" || type === "text/rfc822-headers");
}

/** A bounce in words alone: a verdict for each recipient that it names, one without an address where it names none. */
export function readFreeform(mail: InboundMail, human: string): InboundVerdict[] {
  const own = new Set(["to", "from", "reply-to"].flatMap((name) => addressesIn(mail.header(name))));
  const failed = mail.headers("x-failed-recipients").flatMap(addressesIn);
  const delayed =
    /\b(?:warning message only|has been delayed|will (?:be )?retr(?:y|ied)|still (?:being )?tr(?:y|ied))/i.test(
      human,
    );
  const isRecipient = (address: string) => !own.has(address) || failed.includes(address);
  const named = sectionsOf(human.slice(heading(human)), isRecipient);
  const sections = named.size > 0 ? named : sectionsOf(human, isRecipient);
  const names = failed.length > 0 ? failed : [...sections.keys()];
  if (names.length === 0)
    names.push(
      ...addressesIn(human)
        .filter((address) => !own.has(address))
        .slice(0, 1),
    );
  if (names.length === 0) names.push(recipientReturned(mail));
  return [...new Set(names)].slice(0, 500).map((recipient) => {
    const section = sections.get(recipient) ?? "";
    const text = isTelling(section) ? section : human;
    return bounceVerdict({ recipient, status: "", text, stage: stageIn(text), delayed });
  });
}

/** Where the list of recipients begins: some reports tell the mail's own fields before. */
function heading(human: string): number {
  return Math.max(0, human.search(/\b(?:following|these) (?:recipient|address|e-?mail)/i));
}

function recipientReturned(mail: InboundMail): string {
  for (const { text } of mail.parts) {
    const headers = blocksOf(text).find((block) => block.has("to"));
    const to = headers ? addressesIn(first(headers, "to"))[0] : undefined;
    if (to !== undefined) return to;
  }
  const line = /^to:\s*(.{1,300})$/im.exec(mail.text)?.[1];
  return line === undefined ? "" : (addressesIn(line)[0] ?? "");
}
