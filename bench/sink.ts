import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

// Takes every mail and forgets it. Answers any message with its port, and how many mails it took.
let taken = 0;
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS", "AUTH"],
  disableReverseLookup: true,
  logger: false,
  onData(stream, _session, done) {
    stream.resume().on("end", () => {
      taken++;
      done();
    });
  },
});
server.listen(0, "127.0.0.1", () => {
  process.on("message", () => {
    process.send!({ port: (server.server.address() as AddressInfo).port, taken });
  });
  process.on("disconnect", () => server.close(() => process.exit()));
});
