const WARMTH: Readonly<Record<string, number>> = { cold: 0, warm: 1, hot: 2 };

/** `fades to warm`: where time alone takes it. */
export function driftWords(from: string, to: string): string {
  return `${(WARMTH[to] ?? 0) < (WARMTH[from] ?? 0) ? "fades" : "rises"} to ${to}`;
}

const OUTCOMES: Readonly<Record<string, string>> = {
  goal: "goal reached",
  moved: "moved to another sequence",
  holdout: "held out",
};

export function outcomeWords(outcome: string): string {
  return OUTCOMES[outcome] ?? outcome;
}
