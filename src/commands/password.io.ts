import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { InputError } from "../config/problems.ts";

/** The first line of standard input; a person at a terminal is asked, and does not see what they type. */
export async function readPassword(question: string): Promise<string> {
  const terminal = process.stdin.isTTY;
  if (terminal) process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal });
  lines.once("SIGINT", () => process.exit(130));
  for await (const line of lines) {
    lines.close();
    if (terminal) process.stderr.write("\n");
    return line;
  }
  throw new InputError("--password: standard input has no line");
}
