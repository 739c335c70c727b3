import { onlyServer } from "../../src/db/only-server.io.ts";

// The only server of the database named on the command line, until it is killed (only-server.test.ts).
onlyServer(process.argv[2]!);
process.stdout.write("serving\n");
setInterval(() => {}, 60_000);
