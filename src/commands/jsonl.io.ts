import { createReadStream } from "node:fs";
import { InputError } from "../config/problems.ts";
import type { Problem } from "../config/problems.ts";
import { LineError } from "../scoring/lines.ts";

/** More bad lines than these are counted, not listed. */
const MOST_LISTED = 50;

/**
 * Reads a JSON Lines file piece by piece and hands each line that is not blank to `take`, with its number from 1.
 * Throws InputError with every line for which `take` threw a LineError, or where the file can't be read.
 */
export async function readJsonLines(
  file: string,
  take: (text: string, number: number) => void,
): Promise<void> {
  const problems: Problem[] = [];
  let bad = 0;
  let number = 0;
  const line = (text: string) => {
    number++;
    if (text.trim() === "") return;
    try {
      take(text, number);
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      if (++bad <= MOST_LISTED) problems.push(problem(file, number, error.message));
    }
  };
  // Not node:readline, which also breaks lines at U+2028, and JSON may hold that as it is.
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const text of lines) line(text);
    }
    line(rest + decoder.decode());
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    const code = String(error.code);
    const noText = code === "ERR_ENCODING_INVALID_ENCODED_DATA";
    throw new InputError([
      noText
        ? problem(file, number + 1, "is no UTF-8 text")
        : problem(file, null, code === "ENOENT" ? "there is no such file" : `can't be read (${code})`),
    ]);
  }
  if (bad > MOST_LISTED) problems.push(problem(file, null, `${bad - MOST_LISTED} more lines are wrong`));
  if (bad > 0) throw new InputError(problems);
}

function problem(file: string, line: number | null, message: string): Problem {
  return { file, line, column: null, message, severity: "error" };
}
