import { insertMany } from "../../src/db/batch.store.ts";
import { groupCommit } from "../../src/db/group-commit.io.ts";
import { openDatabase } from "../../src/db/open.io.ts";

// Appends to the inbox of the database named on the command line and prints each row once it is answered for, until
// it is killed (group-commit.test.ts).
const database = await openDatabase(process.argv[2]!);
const inbox = groupCommit<string>((bodies) =>
  database.unit(async (trx) => {
    const rows = bodies.map((body) => ({ received_at: 0, body }));
    await insertMany(trx, "inbox", rows, { columns: ["received_at", "body"] });
  }),
);

async function append(worker: number): Promise<never> {
  for (let n = 0; ; n++) {
    const body = `${worker}/${n}`;
    await inbox.append(body);
    process.stdout.write(`${body}\n`);
  }
}

await Promise.all(Array.from({ length: 20 }, (_, worker) => append(worker)));
