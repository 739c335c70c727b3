import { spawn } from "node:child_process";

const SCRIPT = new URL("auth-keys-process.ts", import.meta.url).pathname;

export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** `kindling keys …` or `kindling users …` as a process, which is given `input` to read. */
export async function run(url: string, words: readonly string[], input = ""): Promise<Ended> {
  const env = { PATH: process.env["PATH"], DATABASE_URL: url };
  const options = ["--disable-warning=ExperimentalWarning", SCRIPT, ...words];
  const child = spawn(process.execPath, options, { env });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  child.stdin.end(input);
  const status = await new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
  return { status, out, err };
}
