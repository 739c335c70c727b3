import type { Problem } from "../config/problems.ts";
import { problemAt, type Source } from "../config/yaml.ts";
import { CONFIRMATION_TEMPLATE } from "../email/own-link.ts";
import type { Sequence, Step } from "../sequences/definition.ts";

/** What keeps leads from being asked, and mails that go to who can't have confirmed yet. */
export function checkDoubleOptIn(
  settings: Source,
  templates: ReadonlySet<string>,
  sequences: readonly { readonly sequence: Sequence; readonly source: Source }[],
): Problem[] {
  const missing = templates.has(CONFIRMATION_TEMPLATE)
    ? []
    : [
        problemAt(
          settings,
          ["consent", "double_opt_in"],
          `no lead can be asked: there is no templates/${CONFIRMATION_TEMPLATE}.mjml`,
          { suggestion: "kindling init makes one, with {{confirm_url}} in it" },
        ),
      ];
  const early = sequences.flatMap(({ sequence, source }) => {
    const mail = mailAtOnce(sequence, sequence.first, new Set());
    if (mail === null) return [];
    return sequence.enter.flatMap(({ on }, index) => {
      if (!("event" in on) || on.event !== "consent.asked") return [];
      const message = `a lead that has not confirmed yet enters here, and the mail "${mail}" is dropped: nobody is mailed before they confirm`;
      const suggestion = "enter on { event: consent.given }";
      return [problemAt(source, ["enter", index], message, { severity: "warning", suggestion })];
    });
  });
  return [...missing, ...early];
}

/** The first mail that goes out without any waiting; null where there is none. */
function mailAtOnce(sequence: Sequence, id: string | null, seen: Set<string>): string | null {
  const step = id === null ? undefined : sequence.steps[id];
  if (!step || seen.has(step.id)) return null;
  seen.add(step.id);
  if (step.kind === "send" || step.kind === "ab") return step.id;
  for (const next of stepsAtOnce(step)) {
    const mail = mailAtOnce(sequence, next, seen);
    if (mail !== null) return mail;
  }
  return null;
}

function stepsAtOnce(step: Step): (string | null)[] {
  if (step.kind === "branch") return step.arms.map(({ to }) => to);
  return step.kind === "wait" || step.kind === "wait_for" || step.kind === "end" ? [] : [step.next];
}
