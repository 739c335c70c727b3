import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

/**
 * Runs one statement over a SQLite file, on a connection and a thread of its own, so that this thread stays free however
 * long it takes. The rows, or what SQLite says, as an Error.
 */
export function longStatement(
  path: string,
  text: string,
  ...bound: readonly string[]
): Promise<Readonly<Record<string, unknown>>[]> {
  // Beside this file, in the source as in what is built from it.
  const file = fileURLToPath(import.meta.url).replace("long-statement.io.", "long-statement-thread.io.");
  const worker = new Worker(file, { workerData: { path, text, bound }, execArgv: [] });
  return new Promise((resolve, reject) => {
    worker.on("message", resolve);
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`the thread of a statement ended (${code})`)));
  });
}
