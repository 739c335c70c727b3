import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { answerNotice } from "../lifecycle/answer.run.ts";
import { drain } from "../lifecycle/drain.run.ts";
import { readLead, readNoticeFacts } from "../lifecycle/notice-facts.store.ts";
import type { Spine } from "../lifecycle/spine.ts";
import { leadUrl, readAnswerToken, type Links } from "../reps/answer-link.ts";
import { lastActs, whyNow, who, type NoticeFacts } from "../reps/notice.ts";
import { findNotice } from "../reps/notices.store.ts";
import type { Notice } from "../reps/notices.ts";
import { ANSWERS, type Answer } from "../reps/reason.ts";
import { ago, clean } from "../reps/words.ts";
import { repPage } from "./answer-page.tsx";

export interface AnswerDeps extends Links {
  readonly spine: Spine;
}

/** The page that a notice's links lead to. `GET` changes nothing: scanners read reps' mail too. */
export function answerRoutes(deps: AnswerDeps): Hono {
  const routes = new Hono();
  routes.get("/r/:token", (c) => show(deps, c));
  const limit = bodyLimit({ maxSize: 16 * 1024, onError: () => sorry("That is too long.", 413) });
  routes.post("/r/:token", limit, (c) => take(deps, c));
  return routes;
}

async function show(deps: AnswerDeps, c: Context): Promise<Response> {
  const asked = await find(deps, c);
  if (!asked) return gone();
  const only = ANSWERS.find((answer) => answer === c.req.query("answer"));
  return noticePage(deps, asked, only);
}

async function take(deps: AnswerDeps, c: Context): Promise<Response> {
  const asked = await find(deps, c);
  if (!asked) return gone();
  const form = await c.req.parseBody();
  const answer = ANSWERS.find((candidate) => candidate === form["answer"]);
  if (!answer) return sorry("Which answer? Please go back and press one of the buttons.", 400);
  const reason = clean(form["reason"], 1000) || null;
  const given = { notice: asked.notice.id, rep: asked.rep, answer, reason };
  const answered = await answerNotice(deps.spine, given);
  return answered ? noticePage(deps, { ...asked, notice: answered.notice }) : gone();
}

interface Asked {
  readonly notice: Notice;
  /** Whose mail the link was in. */
  readonly rep: string;
}

async function find(deps: AnswerDeps, c: Context): Promise<Asked | null> {
  const link = readAnswerToken(deps.tokenKeys, c.req.param("token") ?? "");
  const notice = link && (await findNotice(deps.spine.db.kysely, link.notice));
  const rep = notice?.reason.told?.[link?.place ?? 0];
  return notice && rep !== undefined ? { notice, rep } : null;
}

async function noticePage(deps: AnswerDeps, { notice, rep }: Asked, only?: Answer): Promise<Response> {
  const { spine } = deps;
  await drain(spine);
  const db = spine.db.kysely;
  const lead = await readLead(db, notice.lead);
  if (!lead) return gone();
  const facts = await readNoticeFacts(db, spine.programme(), notice, lead, spine.clock.now());
  const { name, role } = who(facts);
  return repPage(
    name,
    <>
      <h1>{name}</h1>
      {role && <p class="role">{role}</p>}
      <p>{whyNow(facts).sentence}</p>
      <Standing notice={notice} rep={rep} facts={facts} repName={(word) => nameOf(spine, word)} />
      {notice.state !== "answered" &&
        (only ? [only] : ANSWERS).map((answer) => (
          <AnswerForm answer={answer} main={only !== undefined || answer === "mine"} />
        ))}
      {notice.state !== "answered" && only && (
        <p>
          <a href="?">Another answer</a>
        </p>
      )}
      <ul>
        {lastActs(facts).map(({ words, when }) => (
          <li>
            {words} <span>{when}</span>
          </li>
        ))}
      </ul>
      <p>
        <a href={leadUrl(deps.baseUrl, lead.email)}>All about {name}</a>
      </p>
    </>,
  );
}

interface StandingProps {
  readonly notice: Notice;
  readonly rep: string;
  readonly facts: NoticeFacts;
  readonly repName: (rep: string) => string;
}

/** What has become of the notice since the mail. */
function Standing({ notice, rep, facts, repName }: StandingProps) {
  if (notice.state === "answered") {
    const by = notice.rep === rep ? "You" : repName(notice.rep ?? "");
    return (
      <p class="note done">
        {by} answered “{LABELS[notice.answer!]}” {ago(notice.answeredAt!, facts.now)}.
        {notice.answerReason && ` ${notice.answerReason}`} {CONSEQUENCES[notice.answer!]}
      </p>
    );
  }
  if (notice.state === "withdrawn") {
    return (
      <p class="note">This notice was withdrawn: its reason no longer holds. You may answer all the same.</p>
    );
  }
  if (notice.rep !== null && notice.rep !== rep) {
    return <p class="note">{repName(notice.rep)} was told since. Who answers first answers for both.</p>;
  }
  return null;
}

const LABELS: Readonly<Record<Answer, string>> = { mine: "Mine", not_a_fit: "Not a fit", later: "Later" };

const CONSEQUENCES: Readonly<Record<Answer, string>> = {
  mine: "The lead has an owner now.",
  not_a_fit: "The lead counts as lost and gets no more sequences.",
  later: "The notice comes again a week after.",
};

const PROMISES: Readonly<Record<Answer, string>> = {
  mine: "You own this lead from now on.",
  not_a_fit: "The lead is lost and its sequences end.",
  later: "You hear of it again in a week.",
};

function AnswerForm({ answer, main }: { readonly answer: Answer; readonly main: boolean }) {
  return (
    <form method="post">
      <input type="hidden" name="answer" value={answer} />
      {answer === "not_a_fit" && (
        <>
          <label for="reason">Why is it not a fit? (optional)</label>
          <textarea id="reason" name="reason" maxlength={1000}></textarea>
        </>
      )}
      <button type="submit" class={main ? "main" : ""}>
        {LABELS[answer]}
      </button>
      <p class="why">{PROMISES[answer]}</p>
    </form>
  );
}

function nameOf(spine: Spine, rep: string): string {
  return spine.programme().reps.reps.find((candidate) => candidate.rep === rep)?.name ?? rep;
}

function gone(): Promise<Response> {
  return sorry("This link leads nowhere: it was shortened on its way, or the lead is gone.", 404);
}

function sorry(text: string, status: 400 | 404 | 413): Promise<Response> {
  return repPage("That did not work", <p>{text}</p>, status);
}
