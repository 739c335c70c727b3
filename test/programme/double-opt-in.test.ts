import { expect, test } from "vitest";
import { said, SMALL } from "./files.ts";

const ON = { "config/kindling.yaml": `${SMALL["config/kindling.yaml"]!}consent: { double_opt_in: true }\n` };
const CONFIRM = {
  "templates/system/confirm.mjml": `---
subject: Please confirm
---
<mj-section><mj-column><mj-button href="{{confirm_url}}">Yes</mj-button></mj-column></mj-section>
`,
};
const welcome = (enter: string, steps: string) => ({
  "config/sequences/nurture.yaml": `sequence: nurture\nenter: [{ event: demo.requested }, ${enter}]\nsteps:\n${steps}`,
});
const ASKED = "{ event: consent.asked }";

test("double opt-in without a mail to ask by is an error, and with one it is not", async () => {
  expect(await said(ON)).toEqual([
    "config/kindling.yaml:7:27: no lead can be asked: there is no templates/system/confirm.mjml (kindling init makes one, with {{confirm_url}} in it)",
  ]);
  expect(await said({ ...ON, ...CONFIRM })).toEqual([]);
});

test("a welcome that mails whoever is only asked yet is warned of: that mail is dropped", async () => {
  const early =
    'config/sequences/nurture.yaml:2:36: warning: a lead that has not confirmed yet enters here, and the mail "send-1" is dropped: nobody is mailed before they confirm (enter on { event: consent.given })';
  const at = (steps: string, enter = ASKED) => said({ ...ON, ...CONFIRM, ...welcome(enter, steps) });
  expect(await at("  - send: warm/hello\n")).toEqual([early]);
  expect(await at("  - set: { need: useful }\n  - send: warm/hello\n")).toEqual([early]);
  const branch = `  - branch:
      - { when: { stage: lead }, steps: [{ wait: 1d }] }
      - { otherwise: true, steps: [{ send: warm/hello }] }
`;
  expect(await at(branch)).toEqual([early.replace("send-1", "branch-1/2/send-1")]);
  expect(await at("  - wait: 1d\n  - send: warm/hello\n")).toEqual([]);
  for (const event of ["consent.given", "form.submitted"])
    expect(await at("  - send: warm/hello\n", `{ event: ${event} }`)).toEqual([]);
  const off = { ...CONFIRM, ...welcome(ASKED, "  - send: warm/hello\n") };
  expect(await said(off)).toEqual([]);
});
