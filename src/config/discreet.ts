/** Values that no line may have, and how to learn of more. */
export interface Discreet {
  /** Puts a word in the place of whatever is secret or names a person. */
  text(text: string): string;
  /** The same for all that a log line has, as deep as it goes; of an error its kind, code, message and stack alone. */
  details(details: Readonly<Record<string, unknown>>): Record<string, unknown>;
  /** From now on this is secret too. */
  keep(secret: string): void;
}

/** Shorter ones would be found in words that mean nothing. */
const SHORTEST = 6;
const DEEPEST = 6;

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // user:password@ of an address
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi, "$1[secret]@"],
  [/\bknd_[\w-]+/g, "[secret]"],
  // What we sign stands in paths.
  [/(\/(?:t\/[a-z]|r)\/)[\w-]{8,}/g, "$1[token]"],
  [/[^\s"'<>(),;:@[\]\\/]+@[^\s"'<>(),;:@[\]\\/]+/g, "[address]"],
  // V8 and PostgreSQL quote what they can't read.
  [/(Unexpected [^]*?)"[^]*"( is not valid JSON)/g, "$1[text]$2"],
  [/((?:invalid|out of range)[^"\n]*: )"[^"]*"/g, "$1[text]"],
];

/**
 * The last look at what a process says of its failures: errors of libraries, databases and mail servers quote what they
 * were given. Who writes a log line leaves out whom it is about; this is for what nobody thought of.
 */
export function discreet(secrets: Iterable<string>): Discreet {
  const known = new Set<string>();
  const keep = (secret: string) => void (secret.length >= SHORTEST && known.add(secret));
  for (const secret of secrets) keep(secret);

  function clean(text: string): string {
    let cleaned = text;
    for (const secret of known) cleaned = cleaned.replaceAll(secret, "[secret]");
    for (const [pattern, word] of PATTERNS) cleaned = cleaned.replaceAll(pattern, word);
    return cleaned;
  }

  function value(of: unknown, depth: number): unknown {
    if (typeof of === "string") return clean(of);
    if (of instanceof Error) {
      const { code } = of as { code?: unknown };
      const said = { type: of.name, message: clean(of.message), stack: clean(of.stack ?? "") };
      return typeof code === "string" ? { ...said, code } : said;
    }
    if (typeof of !== "object" || of === null) return of;
    if (depth >= DEEPEST) return "…";
    if (Array.isArray(of)) return of.map((one) => value(one, depth + 1));
    return Object.fromEntries(Object.entries(of).map(([name, one]) => [name, value(one, depth + 1)]));
  }

  return { text: clean, keep, details: (of) => value(of, 0) as Record<string, unknown> };
}

/** The passwords of addresses that have one, as they stand there and as they are meant. */
export function passwordsIn(...urls: readonly (string | null)[]): string[] {
  return urls.flatMap((url) => {
    if (url === null || !URL.canParse(url)) return [];
    const { password } = new URL(url);
    return password === "" ? [] : [password, decoded(password)];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
