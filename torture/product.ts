import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../src/main.js", import.meta.url));

export interface Ended {
  /** null where a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** The built program, running as a process of its own. */
export interface Product {
  readonly pid: number;
  /** Resolves when it has ended, however that came. */
  readonly ended: Promise<Ended>;
  /** What it has said to stderr so far. */
  readonly err: string;
  /** Any signal; SIGSTOP and SIGCONT too. */
  signal(name: NodeJS.Signals): void;
  /** Sends the signal, SIGKILL where none is named, and waits until it is gone. */
  kill(name?: NodeJS.Signals): Promise<Ended>;
  close(): Promise<void>;
}

/** Starts a command of the program with this environment and no other. */
export function startProgram(
  options: readonly string[],
  environment: NodeJS.ProcessEnv,
): Product & { readonly child: ChildProcess } {
  const child = spawn(process.execPath, [MAIN, ...options], {
    env: { PATH: process.env["PATH"], NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"], ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const endWithUs = () => child.kill("SIGKILL");
  process.once("exit", endWithUs);
  child.once("exit", () => process.off("exit", endWithUs));
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const ended = once(child, "close").then(([status, signal]: (string | number | null)[]): Ended => ({
    status: status as number | null,
    signal: signal as NodeJS.Signals | null,
    out,
    err,
  }));
  const kill = (name: NodeJS.Signals = "SIGKILL") => {
    child.kill(name);
    return ended;
  };
  return {
    child,
    pid: child.pid!,
    ended,
    get err() {
      return err;
    },
    signal: (name) => void child.kill(name),
    kill,
    close: async () => void (await kill()),
  };
}

/** Resolves once the program says that it serves; throws with all that it said where it ends before that. */
export async function serving(product: Product & { readonly child: ChildProcess }): Promise<Product> {
  const ready = new Promise<true>((resolve) => {
    let said = "";
    product.child.stdout!.on("data", (text: string) => {
      said += text;
      if (/^Kindling (is at|works)/m.test(said)) resolve(true);
    });
  });
  const first = await Promise.race([ready, product.ended]);
  if (first !== true) throw new Error(`the program did not start: ${first.err || first.out}`);
  return product;
}
