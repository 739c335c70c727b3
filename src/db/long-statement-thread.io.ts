import { parentPort, workerData } from "node:worker_threads";
import Native from "better-sqlite3";

const { path, text, bound } = workerData as { path: string; text: string; bound: string[] };
const native = new Native(path, { readonly: true, fileMustExist: true });
try {
  const statement = native.prepare(text);
  parentPort!.postMessage(statement.reader ? statement.all(...bound) : void statement.run(...bound));
} finally {
  native.close();
}
