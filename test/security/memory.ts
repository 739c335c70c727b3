import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** By the whole process after a collection, buffers too, in bytes. */
export function memoryUsed(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
