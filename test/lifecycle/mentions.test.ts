import { expect, test } from "vitest";
import { normaliseEmail } from "../../src/leads/address.ts";
import { mentionsOf } from "../../src/lifecycle/mentions.ts";

test("a person is found in any text, whatever characters an address may have", () => {
  const odd = ["a-b@my-company.example", "o'neil@x.example", "münchen.ö@x.example", "a+b.c@x.example"];
  const all = "!#$%&'*+/=?^_`{|}~-".split("").map((char) => `a${char}b@x.example`);
  for (const address of [...odd, ...all].filter((one) => normaliseEmail(one) === one)) {
    const mentions = mentionsOf([address]);
    const path = `/leads/${encodeURIComponent(address)}?x`;
    for (const text of [`to ${address}.`, JSON.stringify({ address }), path, `<${address.toUpperCase()}>`]) {
      expect(mentions.isIn(text), text).toBe(true);
      expect(mentions.isIn(mentions.blank(text)), text).toBe(false);
    }
    expect(mentions.isIn(`x${address} ${address}.org`)).toBe(false);
  }
});
