import { describe, expect, test } from "vitest";
import { readAnswerToken } from "../../src/reps/answer-link.ts";
import { chatMessage } from "../../src/reps/chat.ts";
import { composeNotice, type NoticeMail } from "../../src/reps/notice-mail.ts";
import { contributions, lastActs, whyNow, type NoticeFacts } from "../../src/reps/notice.ts";
import type { Event } from "../../src/events/event.ts";
import { DAY, HOUR, MINUTE } from "../../src/instant.ts";
import { explain } from "../../src/scoring/explain.ts";
import { tokenKeys } from "../../src/email/token.ts";
import { ago } from "../../src/reps/words.ts";
import { MONDAY, programmeOf } from "./house.ts";

const now = MONDAY;
const { models, reps } = await programmeOf();
const model = models[0]!;
const links = { tokenKeys: tokenKeys(["a secret of this test"]), baseUrl: "https://k.example" };

let seq = 0;
function event(
  type: string,
  before: number,
  properties: Record<string, unknown> = {},
  more: Partial<Event> = {},
): Event {
  return {
    seq: ++seq,
    type,
    at: now - before,
    actor: "lead",
    verdict: "human",
    properties,
    message: null,
    ...more,
  };
}

function factsOf(log: Event[], more: Partial<NoticeFacts> = {}): NoticeFacts {
  const attributes = {
    first_name: "Ana",
    last_name: "Reis",
    company: "Acme",
    employees: 340,
    city: "Setúbal",
  };
  const born = event("lead.created", 10 * DAY, { attributes }, { actor: "system" });
  const events = [born, ...log];
  return {
    now,
    lead: { email: "ana@x.example", attributes, owner: null, stage: "mql" },
    reason: {
      to: "owner",
      model: "default",
      from: "warm",
      now: "hot",
      total: 55.9,
      event: "demo.requested",
      seq: null,
      note: null,
      sequence: null,
    },
    on: { temperature: ["hot"], model: "default" },
    sequence: null,
    model,
    explanation: explain(model, { created: null, events }, now),
    log: events,
    mails: [],
    subjects: new Map([["7", "How Northwind cut onboarding"]]),
    ...more,
  };
}

function mailOf(facts: NoticeFacts, more: Partial<NoticeMail> = {}): NoticeMail {
  return {
    facts,
    rep: reps.reps[0]!,
    link: { notice: 3, place: 0 },
    links,
    company: "Acme",
    again: null,
    ...more,
  };
}

describe("a notice says", () => {
  test("why now: the crossing, the score rounded down, and the act behind it", () => {
    const facts = factsOf([event("demo.requested", 2 * MINUTE)]);
    expect(whyNow(facts)).toEqual({
      head: "Hot",
      sentence: "Turned from warm to hot, score 55 (hot begins at 50): they asked for a demo.",
    });
  });

  test("why now, where another model takes the lead for hot and the score is below its threshold by now", () => {
    const quiet = factsOf([]);
    const changed = { ...quiet, reason: { ...quiet.reason, event: null, total: 46.2 } };
    const { cooling } = model.thresholds;
    expect(whyNow(changed).sentence).toBe(
      `Turned from warm to hot, score 46 (hot begins at 50, which it reached before, and ends below ${50 - cooling}).`,
    );
  });

  test("why now, where time cooled a lead, a mark was reached, a person wrote or a step asks", () => {
    const quiet = factsOf([]);
    const reason = { ...quiet.reason, event: null };
    const cooled = {
      ...quiet,
      on: { cooled: ["hot"], model: "default" },
      reason: { ...reason, from: "hot", now: "warm", total: 44.2 },
    };
    expect(whyNow(cooled).sentence).toBe("Cooled from hot to warm, score 44, as what they did fades.");
    const marked = {
      ...quiet,
      on: { reached: "demo_invite", model: "default" },
      reason: { ...reason, total: 75 },
    };
    expect(whyNow(marked).sentence).toBe("Reached the mark “demo_invite” with a score of 75.");
    const reply = event("email.replied", MINUTE, {}, { message: "7" });
    const wrote = {
      ...factsOf([reply]),
      on: { did: "email.replied", where: null },
      reason: { ...reason, event: reply.type, seq: reply.seq },
    };
    expect(whyNow(wrote)).toEqual({
      head: "Replied to “How Northwind cut onboarding”",
      sentence: "Replied to “How Northwind cut onboarding”. They are hot, score 55.",
    });
    const noted = {
      ...quiet,
      on: null,
      sequence: "Warm leads",
      reason: { ...reason, sequence: "warm", note: "Read the pricing page" },
    };
    expect(whyNow(noted).sentence).toBe("Read the pricing page. The sequence “Warm leads” asks you to look.");
  });

  test("what moved the score, most first, adding up to it", () => {
    const facts = factsOf([
      event("page.viewed", 2 * HOUR),
      event("page.viewed", HOUR),
      event("demo.requested", MINUTE),
    ]);
    const parts = contributions(facts);
    expect(parts.map(({ name, detail }) => [name, detail])).toEqual([
      ["Demo", "a minute ago"],
      ["Pricing", "2 acts, last an hour ago"],
      ["Company size", "340"],
    ]);
    const sum = parts.reduce((total, { points }) => total + points, 0);
    expect(sum).toBeCloseTo(facts.explanation!.total, 9);
  });

  test("the last acts by people only, latest first, the same one once", () => {
    const facts = factsOf([
      event("email.opened", 3 * HOUR, {}, { verdict: "scanner" }),
      event("email.clicked", 2 * HOUR, { url: "https://acme.example/case" }, { message: "7" }),
      event("email.opened", 2 * HOUR, { inferred: true }),
      event("page.viewed", 30 * MINUTE, { path: "/pricing" }),
      event("page.viewed", 20 * MINUTE, { path: "/pricing" }),
      event("notice.sent", 10 * MINUTE, {}, { actor: "system" }),
    ]);
    expect(lastActs(facts)).toEqual([
      { words: "Viewed /pricing, 2 times", when: "20 minutes ago" },
      { words: "Clicked /case in “How Northwind cut onboarding”", when: "2 hours ago" },
    ]);
  });

  test("who it is, with three buttons that name the mail they are in", () => {
    const { subject, html, text } = composeNotice(
      mailOf(factsOf([event("demo.requested", MINUTE)]), { link: { notice: 3, place: 2 } }),
    );
    expect(subject).toBe("Hot: Ana Reis, Acme");
    const tokens = [...text.matchAll(/https:\/\/k\.example\/r\/([\w-]+)\?answer=(\w+)/g)];
    expect(tokens.map(([, , answer]) => answer)).toEqual(["mine", "not_a_fit", "later"]);
    expect(readAnswerToken(links.tokenKeys, tokens[0]![1]!)).toEqual({ notice: 3, place: 2 });
    for (const [link] of tokens) expect(html).toContain(link);
    expect(html).toContain("https://k.example/leads/ana%40x.example");
    expect(text).toContain("City: Setúbal");
  });

  test("nothing that a stranger typed as markup, and its subject is one line", () => {
    const attributes = { first_name: "<script>alert(1)</script>", company: "A\r\nBcc: x@y.example" };
    const facts = factsOf([event("page.viewed", MINUTE, { path: '/"><img src=x>' })]);
    const { subject, html } = composeNotice(mailOf({ ...facts, lead: { ...facts.lead, attributes } }));
    expect(subject).toBe("Hot: <script>alert(1)</script>, A Bcc: x@y.example");
    expect(html).not.toContain("<script>");
    expect(html).not.toContain("<img");
  });

  test("to the chat in one text that calls nobody by itself", () => {
    const facts = factsOf([event("demo.requested", MINUTE)]);
    const lead = { ...facts.lead, attributes: { first_name: "@channel", company: "<!here> & sons" } };
    const { text } = chatMessage({ ...facts, lead }, reps.reps[0]!, links.baseUrl);
    expect(text.split("\n")[0]).toBe("Maria Silva: @\u200bchannel, ‹!here› & sons");
    expect(text).not.toContain("/r/");
    expect(text).toMatch(/https:\/\/k\.example\/leads\/ana%40x\.example$/);
  });
});

test("how long ago something was is said as a person would", () => {
  const said = [0, MINUTE, 5 * MINUTE, HOUR, 23 * HOUR, DAY, 3 * DAY, 15 * DAY, 70 * DAY].map((past) =>
    ago(now - past, now),
  );
  expect(said).toEqual([
    "just now",
    "a minute ago",
    "5 minutes ago",
    "an hour ago",
    "23 hours ago",
    "a day ago",
    "3 days ago",
    "2 weeks ago",
    "2 months ago",
  ]);
});
