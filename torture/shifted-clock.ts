import { readFileSync } from "node:fs";

// A preload (node --import): moves the time of day by the milliseconds that a file says, as a step of the system's clock
// would. Timers and `performance` go on as they were.

/** The file is read again after so many ms. */
export const FRESH = 10;

const file = process.env["TORTURE_CLOCK"];
const real = Date;
let offset = 0;
let readAt = -Infinity;

function now(file: string): number {
  const at = performance.now();
  if (at >= readAt + FRESH) {
    offset = Number(readFileSync(file, "utf8"));
    readAt = at;
  }
  return real.now() + offset;
}

// Only where the harness says so: it reads FRESH from here too.
if (file !== undefined) {
  globalThis.Date = new Proxy(real, {
    construct: (_, given: [], made) =>
      Reflect.construct(real, given.length === 0 ? [now(file)] : given, made) as Date,
    apply: () => new real(now(file)).toString(),
    get: (_, name, self) => (name === "now" ? () => now(file) : (Reflect.get(real, name, self) as unknown)),
  });
}
