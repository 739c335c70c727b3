import Native from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { statementCache, type Statements } from "../../src/db/statements.io.ts";

let native: Native.Database;
let statements: Statements;

beforeEach(() => {
  native = new Native(":memory:");
  native.exec("create table a (b integer)");
  statements = statementCache(native);
});
afterEach(() => native.close());

test("the same text is prepared once", () => {
  const select = statements.prepare("select b from a where b = ?");
  for (let b = 0; b < 1000; b++) expect(statements.prepare("select b from a where b = ?")).toBe(select);
  expect(statements.size()).toBe(1);
});

test("memory stays bounded however many texts there are, and what is in use stays", () => {
  const hot = statements.prepare("select b from a");
  for (let n = 0; n < 2000; n++) {
    statements.prepare(`select ${n} from a`);
    statements.prepare("select b from a");
  }
  expect(statements.size()).toBe(500);
  expect(statements.prepare("select b from a")).toBe(hot);
});

test("a changed schema is seen by the next select", () => {
  statements.prepare("insert into a values (1)").run();
  expect(statements.prepare("select * from a").all()).toEqual([{ b: 1 }]);
  statements.prepare("alter table a add column c integer").run();
  expect(statements.prepare("select * from a").all()).toEqual([{ b: 1, c: null }]);
});

test("a transaction holds the write lock from its start", () => {
  statements.prepare("begin").run([]);
  expect(statements.prepare("begin")).toBe(statements.raw("begin immediate"));
  statements.prepare("commit").run([]);
});

test("a second rollback hides no error", () => {
  statements.prepare("begin").run([]);
  statements.prepare("rollback").run([]);
  expect(() => statements.prepare("rollback").run([])).not.toThrow();
});

test("tells which tables were written, and which may have been", () => {
  native.exec("create table parent (b integer primary key)");
  native.exec("create table child (b integer references parent (b) on delete cascade)");
  const counts = () => ["a", "parent", "child"].map(statements.writes);
  const before = counts();
  statements.prepare("begin").run([]);
  statements.prepare("select b from a").all([]);
  statements.prepare("commit").run([]);
  expect(counts()).toEqual(before);

  const [a, parent, child] = before as [number, number, number];
  statements.prepare('insert into "a" values (?)').run([1]);
  statements.prepare('insert into "a" values (?)').run([2]);
  statements.prepare("with two(n) as (select 2) update a set b = (select n from two)").run([]);
  statements.prepare("delete from a where b = 1").run([]);
  expect(counts()).toEqual([a + 4, parent, child]);

  statements.prepare("delete from parent").run([]);
  expect(counts()).toEqual([a + 5, parent + 1, child + 1]);
});
