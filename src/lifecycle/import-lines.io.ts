import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { InputError } from "../config/problems.ts";

/** One line of a text file, without its end. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** The text is a guess: its bytes are no UTF-8. */
  readonly garbled: boolean;
}

/** A longer line is no row of anything: memory stays bounded whatever the file. */
const LONGEST_LINE = 16 * 2 ** 20;

/**
 * The lines of a file, some hundred at a time. `\n` and `\r\n` end a line (`\r` does where the file has no other end),
 * and a byte order mark is no part of it. Throws InputError where the file can't be read as text.
 */
export async function* readLines(file: string): AsyncGenerator<Line[]> {
  let number = 0;
  let end: number | null = null;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunksOf(file)) {
    if (end === null) refuseUtf16(file, chunk);
    end ??= chunk.includes(LF) || !chunk.includes(CR) ? LF : CR;
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const last = bytes.lastIndexOf(end) + 1;
    rest = bytes.subarray(last);
    if (rest.length > LONGEST_LINE) throw fileError(file, number + 1, "is longer than 16 MB");
    const lines = splitLines(bytes.subarray(0, last), end, number);
    number += lines.length;
    if (lines.length > 0) yield lines;
  }
  if (rest.length > 0) yield splitLines(rest, end ?? LF, number);
}

const LF = 10;
const CR = 13;

async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(file, { highWaterMark: 2 ** 18 }) as AsyncIterable<Buffer>;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const reasons: Record<string, string> = {
      ENOENT: "there is no such file",
      EISDIR: "is a folder",
      EACCES: "may not be read",
    };
    throw fileError(file, null, reasons[code] ?? `can't be read (${code})`);
  }
}

/** Excel's "Unicode text". */
function refuseUtf16(file: string, chunk: Buffer): void {
  const mark = chunk.subarray(0, 2).toString("hex");
  if (mark === "fffe" || mark === "feff") throw fileError(file, null, "is UTF-16; save it as UTF-8");
}

function splitLines(bytes: Buffer, end: number, before: number): Line[] {
  const clean = isUtf8(bytes);
  const lines: Line[] = [];
  for (let from = 0; from < bytes.length;) {
    const found = bytes.indexOf(end, from);
    const to = found === -1 ? bytes.length : found;
    const piece = bytes.subarray(from, to > from && end === LF && bytes[to - 1] === CR ? to - 1 : to);
    const garbled = !clean && !isUtf8(piece);
    const number = before + lines.length + 1;
    const text = piece.toString(garbled ? "latin1" : "utf8");
    lines.push({ number, text: number === 1 ? text.replace(/^\ufeff/, "") : text, garbled });
    from = to + 1;
  }
  return lines;
}

export function fileError(file: string, line: number | null, message: string, suggestion?: string) {
  return new InputError([{ file, line, column: null, message, suggestion, severity: "error" }]);
}
