/** One thing wrong with a file a person wrote: what, where (line and column from 1), what would be right. */
export interface Problem {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
  readonly suggestion?: string;
  readonly severity: "error" | "warning";
}

/** The input or the configuration is wrong: exit status 2, or a 4xx answer. Nothing was changed. */
export class InputError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[] | string) {
    const list = typeof problems === "string" ? [plainProblem(problems)] : problems;
    super(list.map(formatProblem).join("\n"));
    this.name = "InputError";
    this.problems = list;
  }
}

/** A problem that belongs to no file: a bad option, a missing environment variable. */
export function plainProblem(message: string): Problem {
  return { file: "", line: null, column: null, message, severity: "error" };
}

/** `config/kindling.yaml:3:5: unknown key "adress" (did you mean "address"?)`; warnings say so. */
export function formatProblem(problem: Problem): string {
  const position = problem.line === null ? "" : `:${problem.line}:${problem.column ?? 1}`;
  const where = problem.file === "" ? "" : `${problem.file}${position}: `;
  const warning = problem.severity === "warning" ? "warning: " : "";
  const suggestion = problem.suggestion === undefined ? "" : ` (${problem.suggestion})`;
  return oneLine(`${where}${warning}${problem.message}${suggestion}`);
}

/** What a file says is shown, and must not drive the terminal. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === "error");
}

/** By file, then line, then column, so that the same files always give the same list. */
export function inOrder(problems: readonly Problem[]): Problem[] {
  return [...problems].sort(
    (a, b) =>
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0),
  );
}
