import type { Sequence, Step } from "../../sequences/definition.ts";
import type { EnrolmentCount, MachineCount, MailCount } from "./sequence-report.store.ts";

const PEOPLE = ["opened", "clicked", "replied", "bounced", "unsubscribed", "goal"] as const;

type Counts = Record<(typeof PEOPLE)[number], number>;

/** Sums of some mails: `people` and `machines` side by side. */
function sums(mails: readonly MailCount[], machines: readonly MachineCount[]) {
  const add = (name: keyof Omit<MailCount, "step" | "variant">) =>
    mails.reduce((sum, mail) => sum + mail[name], 0);
  const by = (type: MachineCount["type"]) =>
    machines.reduce((sum, one) => sum + (one.type === type ? one.count : 0), 0);
  return {
    entered: add("entered"),
    sent: add("sent"),
    people: Object.fromEntries(PEOPLE.map((name) => [name, add(name)])) as Counts,
    machines: { opened: by("email.opened"), clicked: by("email.clicked") },
  };
}

/** A sequence as a list shows it. */
export function overview(sequence: Sequence, counts: readonly EnrolmentCount[]) {
  const own = counts.filter((count) => count.sequence === sequence.name);
  return {
    sequence: sequence.name,
    title: sequence.title,
    track: sequence.track,
    priority: sequence.priority,
    holdout: sequence.holdout,
    entered: own.reduce((sum, { count }) => sum + count, 0),
    open: own.find(({ outcome }) => outcome === null)?.count ?? 0,
    outcomes: Object.fromEntries(
      own.flatMap(({ outcome, count }) => (outcome === null ? [] : [[outcome, count]])),
    ),
  };
}

/** Every step in file order; then those that a former version had and mails still tell of. */
export function stepReports(
  sequence: Sequence,
  waiting: ReadonlyMap<string, number>,
  mails: readonly MailCount[],
  machines: readonly MachineCount[],
) {
  const former = [...new Set([...mails.map((mail) => mail.step), ...waiting.keys()])]
    .filter((step) => !Object.hasOwn(sequence.steps, step))
    .sort();
  return [...Object.keys(sequence.steps), ...former].map((id) => {
    const step = Object.hasOwn(sequence.steps, id) ? sequence.steps[id]! : null;
    const own = mails.filter((mail) => mail.step === id);
    const theirs = machines.filter((one) => one.step === id);
    const base = { step: id, kind: step?.kind ?? "gone", waiting: waiting.get(id) ?? 0 };
    if (step !== null && step.kind !== "send" && step.kind !== "ab") return base;
    return {
      ...base,
      ...sums(own, theirs),
      ...(step?.kind === "ab" ? { variants: variants(step, own, theirs) } : {}),
    };
  });
}

function variants(
  step: Extract<Step, { readonly kind: "ab" }>,
  mails: readonly MailCount[],
  machines: readonly MachineCount[],
) {
  return step.variants.map(({ name, template, weight }) => ({
    variant: name,
    template,
    weight,
    ...sums(
      mails.filter((mail) => mail.variant === name),
      machines.filter((one) => one.variant === name),
    ),
  }));
}
