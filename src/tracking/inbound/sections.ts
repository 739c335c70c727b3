import { addressesIn } from "./fields.ts";

/** The lines from each one that begins with an address to the next such. */
export function sectionsOf(human: string, isRecipient: (address: string) => boolean): Map<string, string> {
  const sections = new Map<string, string>();
  let current: string | null = null;
  for (const line of human.split("\n")) {
    const start =
      /^[\s>*•-]*(?:[245]\d\d[\s-])?(?:(?:to|(?:failed )?recipient(?: address)?|rcpt to|addressee)\s*:\s*)?[<"'[(]*([^\s<>"'()[\]]{1,200}@[^\s<>"'()[\]]{1,200})/i.exec(
        line,
      );
    const address = start ? addressesIn(start[1]!)[0] : undefined;
    if (address !== undefined) current = isRecipient(address) ? address : null;
    if (current !== null) sections.set(current, `${sections.get(current) ?? ""}${line}\n`);
  }
  return sections;
}
