import type { Command } from "commander";
import { InputError } from "../config/problems.ts";
import { mailsIn } from "../tracking/inbound/mbox.ts";
import { readInbound } from "../tracking/inbound/read.ts";
import type { InboundVerdict } from "../tracking/inbound/verdict.ts";
import { readStart } from "./read-start.io.ts";

export function classifyCommand(program: Command): void {
  program
    .command("classify")
    .description("say what inbound mails are: bounces, complaints, automatic answers, replies")
    .argument("<file...>", "raw mails (.eml, mbox); at most the first megabyte of each is read")
    .option("--json", "one line of JSON a file, with a verdict for each recipient")
    .addHelpText(
      "after",
      "\nA hard bounce means that the address is bad for ever. A full mailbox, a size, policy or reputation refusal is soft and never speaks against the address. Nothing is changed anywhere.",
    )
    .action((files: string[], options: { json?: boolean }) =>
      classify(files, options, (text) => void process.stdout.write(text)),
    );
}

/** `kindling classify`: a line a file. @throws InputError for a file that can't be read */
async function classify(
  files: readonly string[],
  { json = false }: { readonly json?: boolean },
  write: (text: string) => void,
): Promise<void> {
  for (const file of files) {
    const bytes = await readStart(file).catch((error: Error) => {
      throw new InputError(`${file} can't be read: ${error.message}`);
    });
    const read = await Promise.all(mailsIn(bytes).map((mail) => readInbound(mail)));
    const recipients = read.flatMap((mail) => mail.recipients);
    write(
      json
        ? `${JSON.stringify({ file, recipients: recipients.map(forMachines) })}\n`
        : forPeople(file, recipients),
    );
  }
}

function forMachines({ recipient, status, class: kind, reason }: InboundVerdict) {
  return { recipient, status, class: kind, reason };
}

function forPeople(file: string, recipients: readonly InboundVerdict[]): string {
  const lines = recipients.map(({ recipient, status, class: kind, reason }) => {
    const why = [reason === kind ? "" : reason, status].filter((text) => text !== "").join(" ");
    return `  ${kind.padEnd(16)} ${(recipient === "" ? "(no address)" : recipient).padEnd(40)} ${why}`.trimEnd();
  });
  return `${file}\n${lines.join("\n")}\n`;
}
