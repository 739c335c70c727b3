export const SHORTEST_PASSWORD = 12;
/** Longer than any sentence that somebody remembers. */
export const LONGEST_PASSWORD = 500;

/** What is wrong with it as somebody's password; null: nothing. */
export function passwordProblem(password: string): string | null {
  const { length } = password.normalize("NFKC");
  if (length < SHORTEST_PASSWORD) return `needs ${SHORTEST_PASSWORD} characters or more`;
  return length > LONGEST_PASSWORD ? `may have ${LONGEST_PASSWORD} characters at most` : null;
}
