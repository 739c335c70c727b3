import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE } from "../../src/instant.ts";
import { classifyRefusal } from "../../src/sending/refusal.ts";
import { afterAttempt, type Attempt, type Stage } from "../../src/sending/retry.ts";

function refused(response: string, stage: Stage = "recipient"): Attempt {
  const status = /^\d{3} (\d\.\d+\.\d+)/.exec(response)?.[1] ?? null;
  return { outcome: "refused", stage, code: Number(response.slice(0, 3)), status, response };
}

const lost = (asked: boolean): Attempt => ({ outcome: "lost", asked, reason: "the connection was closed" });

describe("after an attempt", () => {
  test("a mail that the server took is sent", () => {
    const attempt: Attempt = { outcome: "accepted", code: 250, response: "250 ok" };
    expect(afterAttempt(attempt, 3, 0)).toEqual({ state: "sent", response: "250 ok" });
  });

  test.each([
    ["a 4xx", refused("450 4.2.0 greylisted")],
    ["a 421", refused("421 4.3.2 going down", "connect")],
    ["a connection lost before the server asked for the mail", lost(false)],
    ["a refused login", refused("535 5.7.8 bad credentials", "login")],
    ["a server that greets with 554", refused("554 no service", "connect")],
    ["a server that wants STARTTLS first", refused("530 5.7.0 must issue STARTTLS first", "sender")],
  ])("%s is tried again after 1 min, 5 min, 30 min, 2 h, 6 h and 24 h, then has failed", (_, attempt) => {
    const waits = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, DAY];
    waits.forEach((wait, failures) => {
      expect(afterAttempt(attempt, failures, 1000)).toMatchObject({ state: "queued", at: 1000 + wait });
    });
    expect(afterAttempt(attempt, waits.length, 1000)).toMatchObject({ state: "failed" });
  });

  test("a connection lost after the server asked for the mail is in doubt, and sent again only where that is asked for", () => {
    expect(afterAttempt(lost(true), 0, 0)).toMatchObject({ state: "in_doubt" });
    expect(afterAttempt(lost(true), 0, 0, "never_twice")).toMatchObject({ state: "in_doubt" });
    expect(afterAttempt(lost(true), 1, 0, "retry")).toMatchObject({ state: "queued", at: 5 * MINUTE });
  });

  test("a bad address is not believed once the server has read the mail, but by its status", () => {
    for (const [answer, stage, kind] of [
      ["550 no such user", "recipient", "hard"],
      ["550 no such user", "message", "soft"],
      ["550 5.1.1 no such user", "message", "hard"],
    ] as const)
      expect(afterAttempt(refused(answer, stage), 0, 0)).toMatchObject({
        bounce: { class: kind, counts: kind === "soft" },
      });
  });

  test("a 5xx for the recipient is a bounce with what was said", () => {
    expect(afterAttempt(refused("550 5.1.1 no such user"), 0, 0)).toEqual({
      state: "bounced",
      bounce: { class: "hard", reason: "userunknown", counts: false, code: 550, status: "5.1.1" },
      reason: "550 5.1.1 no such user",
    });
    expect(afterAttempt(refused("552 5.3.4 too big", "message"), 0, 0)).toMatchObject({
      state: "bounced",
      bounce: { class: "soft", reason: "mesgtoobig", counts: false },
    });
  });

  test("a refused sender never blames the recipient", () => {
    const next = afterAttempt(refused("550 5.1.1 user unknown", "sender"), 0, 0);
    expect(next).toMatchObject({ state: "bounced", bounce: { class: "soft", counts: false } });
  });

  test("a mail that could not leave has failed", () => {
    expect(afterAttempt({ outcome: "unsendable", reason: "no address" }, 0, 0)).toEqual({
      state: "failed",
      reason: "no address",
    });
  });
});

describe("a refusal", () => {
  const said = (response: string) =>
    classifyRefusal({
      code: Number(response.slice(0, 3)),
      status: /^\d{3}[ -](\d\.\d+\.\d+)/.exec(response)?.[1] ?? null,
      text: response,
    });

  test.each([
    "550 5.1.1 <x@y.example>: Recipient address rejected: User unknown in virtual mailbox table",
    "550 No such user here",
    "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking",
    "550 Requested action not taken: mailbox unavailable",
    "550 5.4.1 Recipient address rejected: user does not exist",
    "553 sorry, no mailbox here by that name",
    "550 unknown user",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    "550 5.1.2 bad destination system: no such domain",
    "556 5.1.10 domain does not accept mail",
    "550 5.1.1",
  ])("that says the address is bad for ever is hard: %s", (response) => {
    expect(said(response)).toMatchObject({ class: "hard", counts: false });
  });

  test.each([
    ["552 5.2.2 mailbox full", "mailboxfull"],
    ["550 5.2.2 user unknown, over quota", "mailboxfull"],
    ["552 Requested mail action aborted: exceeded storage allocation", "mailboxfull"],
    ["552 5.3.4 Message size exceeds fixed maximum message size", "mesgtoobig"],
    ["550 5.7.1 Message rejected as spam by content filtering", "spamdetected"],
    ["554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", "blocked"],
    ["550 5.1.1 <x@y.example> your IP address is on our blocklist", "blocked"],
    ["550 5.7.26 This mail is unauthenticated: SPF and DKIM did not pass", "authfailure"],
    ["550 5.7.1 Our system has detected that this message has a very low reputation", "badreputation"],
    ["554 5.7.1 <x@y.example>: Relay access denied", "norelaying"],
    ["550 5.7.25 The IP address does not have a PTR record", "requireptr"],
    ["550 5.7.1 Delivery not authorized, message refused", "policyviolation"],
  ])("for a full mailbox, a size, policy or reputation blames nobody: %s", (response, reason) => {
    expect(said(response)).toEqual({ class: "soft", reason, counts: false });
  });

  test.each([
    ["550 5.2.1 The email account is disabled", "suspend"],
    ["550 go away", "rejected"],
    ["450 4.1.1 user unknown for now", "userunknown"],
  ])("that is temporary, or says nothing, is soft and counts: %s", (response, reason) => {
    expect(said(response)).toEqual({ class: "soft", reason, counts: true });
  });
});
