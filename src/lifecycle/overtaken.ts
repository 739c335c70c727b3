/** Another version was applied, and some of these leads live under it already; this process has not followed yet. */
export class Overtaken extends Error {
  constructor() {
    super("another version is applied, which this process does not run yet");
  }
}
