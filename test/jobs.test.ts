import { expect, test } from "vitest";
import { jobsOfRole, type Job } from "../src/jobs.ts";

const JOBS = ["spool", "inbox", "outbox"].map((name): Job => ({
  name,
  reads: null,
  nextDue: () => Promise.resolve(null),
  run: () => Promise.resolve(0),
}));

test("what a process spooled while the database was away it moves there itself, and workers leave it alone", () => {
  const names = (role: "all" | "web" | "worker") => jobsOfRole(JOBS, role).map(({ name }) => name);
  expect(names("all")).toEqual(["spool", "inbox", "outbox"]);
  expect(names("web")).toEqual(["spool"]);
  expect(names("worker")).toEqual(["inbox", "outbox"]);
});
