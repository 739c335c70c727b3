import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { answerNotice } from "../../lifecycle/answer.run.ts";
import { drain } from "../../lifecycle/drain.run.ts";
import { findNotice, noticesOf, type ListedNotice } from "../../reps/notices.store.ts";
import { ANSWERS } from "../../reps/reason.ts";
import { reply } from "../idempotency.run.ts";
import { checkOwner, unknown } from "./check-input.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import type { ApiDeps, ApiEnv } from "./deps.ts";
import {
  closed,
  DEFAULT_LIMIT,
  instantOut,
  numberParameter,
  paging,
  sentence,
  shownInstant,
  shownOrNull,
  word,
} from "./fields.ts";
import { Conflict, Invalid, invalid, NotAllowed, NotFound } from "./refusals.ts";
import { api, describe } from "./route.ts";

const STATES = ["waiting", "sent", "answered", "withdrawn"] as const;

const notice = z
  .object({
    id: z.int(),
    email: z.string(),
    rep: z.string().nullable().openapi({ description: "Who was told last, or who answered" }),
    kind: z.string(),
    state: z.enum(STATES),
    reason: z.looseObject({}).openapi({ description: "Why the rep was told" }),
    at: instantOut,
    sent_at: instantOut.nullable(),
    escalations: z.int(),
    answer: z.enum(ANSWERS).nullable(),
    answer_reason: z.string().nullable(),
    answered_at: instantOut.nullable(),
  })
  .openapi("Notice");

const list = describe({
  method: "get",
  path: "/api/reps/{rep}/notices",
  summary: "A rep's notices, newest first",
  roles: ["admin", "marketer", "rep"],
  params: z.strictObject({ rep: z.string().openapi({ param: { name: "rep", in: "path" } }) }),
  query: closed({ state: z.enum(STATES).optional(), ...paging }),
  answers: { 200: z.object({ notices: z.array(notice), next_cursor: z.string().nullable() }) },
});

const answer = describe({
  method: "post",
  path: "/api/notices/{id}/answer",
  summary: "Answer a notice",
  description:
    "`mine` makes the rep the owner, `not_a_fit` ends the lead's sequences, `later` repeats the notice after a week. The first answer stands: another one is a 409.",
  roles: ["admin", "marketer", "rep"],
  params: numberParameter,
  body: closed({
    answer: z.enum(ANSWERS),
    reason: sentence.nullable().optional(),
    rep: word.optional().openapi({ description: "Who answers; the rep who was told where left out" }),
  }),
  answers: { 200: notice },
});

export function noticeRoutes({ spine }: ApiDeps): OpenAPIHono<ApiEnv> {
  const db = spine.db.kysely;

  return api()
    .openapi(list, async (c) => {
      const { rep } = c.req.valid("param");
      const { state, cursor, limit = DEFAULT_LIMIT } = c.req.valid("query");
      const principal = c.get("principal");
      if (principal.role === "rep" && principal.rep !== rep)
        throw new NotAllowed("a rep sees their own notices only");
      const reps = spine.programme().reps.reps.map((one) => one.rep);
      if (!reps.includes(rep)) throw new NotFound(unknown("rep", rep, reps));
      const place = readCursor("notices", ["integer", "integer"], cursor);
      await drain(spine);
      const { notices, next } = await noticesOf(db, rep, {
        cursor: place && { at: place[0], id: place[1] },
        limit,
        ...(state === undefined ? {} : { states: [state] }),
      });
      return reply({
        status: 200,
        body: {
          notices: notices.map(view),
          next_cursor: next && writeCursor("notices", [next.at, next.id]),
        },
      });
    })
    .openapi(answer, async (c) => {
      const { id } = c.req.valid("param");
      const { answer: given, reason = null, rep } = c.req.valid("json");
      const principal = c.get("principal");
      await drain(spine);
      const found = await findNotice(db, id);
      const told = found?.reason.told ?? [];
      const theirs =
        principal.role !== "rep" ||
        (principal.rep !== null && (found?.rep === principal.rep || told.includes(principal.rep)));
      if (!found || !theirs) throw new NotFound("there is no such notice");
      if (principal.role === "rep" && rep !== undefined && rep !== principal.rep)
        throw new NotAllowed("a rep answers for themself");
      const who = principal.role === "rep" ? principal.rep : (rep ?? found.rep);
      if (who === null) throw invalid("rep", "nobody was told yet: name who answers");
      const wrong = checkOwner(who, spine.programme());
      if (wrong.length > 0) throw new Invalid(wrong.map(({ message }) => ({ field: "rep", message })));
      const answered = await answerNotice(spine, { notice: id, rep: who, answer: given, reason });
      if (!answered) throw new NotFound("there is no such notice");
      const { notice: stands, recorded } = answered;
      if (!recorded && (stands.answer !== given || stands.rep !== who))
        throw new Conflict(`${stands.rep} has answered "${stands.answer}" already`);
      await drain(spine);
      return reply({ status: 200, body: view((await findNotice(db, id)) ?? found) });
    });
}

function view(of: ListedNotice): z.infer<typeof notice> {
  return {
    id: of.id,
    email: of.email,
    rep: of.rep,
    kind: of.kind,
    state: of.state,
    reason: { ...of.reason },
    at: shownInstant(of.at),
    sent_at: shownOrNull(of.sentAt),
    escalations: of.escalations,
    answer: of.answer,
    answer_reason: of.answerReason,
    answered_at: shownOrNull(of.answeredAt),
  };
}
