import { generateKeyPairSync } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { SMALL } from "../programme/files.ts";
import { inFolder, kindling } from "./process.ts";

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<string[]> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return ["--config", join(folder, "config"), "--templates", join(folder, "templates")];
}

test("the shipped config/ and templates/ are right, without a warning", async () => {
  expect(await kindling("check")).toEqual({
    status: 0,
    out: expect.stringMatching(/^All is right: \d+ models?, \d+ sequences, /),
    err: "",
  });
});

test("mistakes are lines on stderr, in the paths that were given, and the status is 2", async () => {
  await inFolder(async (folder) => {
    const options = await write(folder, {
      ...SMALL,
      "config/reps.yaml": "resp: []\n",
      "templates/warm/hello.mjml": SMALL["templates/warm/hello.mjml"]!.replace(
        "topic: product",
        "topic: produce",
      ),
    });
    expect(await kindling("check", ...options)).toEqual({
      status: 2,
      out: "",
      err: [
        `${folder}/config/reps.yaml:1:1: unknown key "resp" (did you mean "reps"?)`,
        `${folder}/config/sequences/nurture.yaml:3:16: there is no rep "maria" (reps are in config/reps.yaml)`,
        `${folder}/config/sequences/nurture.yaml:8:13: there is no rep "maria" (reps are in config/reps.yaml)`,
        `${folder}/templates/warm/hello.mjml:3:8: there is no topic "produce" (did you mean "product"?)`,
        "",
      ].join("\n"),
    });
  });
});

test("--json says the same on stdout alone", async () => {
  await inFolder(async (folder) => {
    const options = await write(folder, { ...SMALL, "config/segments.yaml": "segmnts: []\n" });
    const { status, out, err } = await kindling("check", "--json", ...options);
    expect([status, err]).toEqual([2, ""]);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      problems: [
        {
          file: `${folder}/config/segments.yaml`,
          line: 1,
          column: 1,
          message: 'unknown key "segmnts"',
          suggestion: 'did you mean "segments"?',
          severity: "error",
        },
        { message: 'there is no segment "trial"' },
      ],
    });
  });
});

test("--model prints what a model can give", async () => {
  await inFolder(async (folder) => {
    const options = await write(folder, SMALL);
    const { status, out } = await kindling("check", "--model", "default", ...options);
    expect(status).toBe(0);
    expect(out).toContain("maximum: no limit: some rules have no cap (held at the ceiling, 100)");
    const json = await kindling("check", "--json", "--model", "default", ...options);
    expect(JSON.parse(json.out)).toMatchObject({ ok: true, sums: { model: "default", most: null } });
    const wrong = await kindling("check", "--model", "defalt", ...options);
    expect(wrong).toEqual({
      status: 2,
      out: "",
      err: 'there is no model "defalt" (did you mean "default"?)\n',
    });
  });
});

test("a file that is no text is named", async () => {
  await inFolder(async (folder) => {
    const options = await write(folder, SMALL);
    await writeFile(join(folder, "config/reps.yaml"), Buffer.from([0xff, 0xfe, 0x00]));
    expect(await kindling("check", ...options)).toEqual({
      status: 2,
      out: "",
      err: `${folder}/config/reps.yaml: is no UTF-8 text\n`,
    });
  });
});

test("a DKIM key that is not here is said, with where it was looked for, and is no mistake of the files", async () => {
  await inFolder(async (folder) => {
    const mail = (file: string) => ({
      ...SMALL,
      "config/kindling.yaml": SMALL["config/kindling.yaml"]!.replace(
        "mail: { from: ada@acme.example }",
        `mail:\n  from: ada@acme.example\n  dkim: { domain: acme.example, selector: k1, key_file: ${file} }`,
      ),
    });
    const options = await write(folder, mail("secrets/none.pem"));
    const { status, out, err } = await kindling("check", ...options);
    expect([status, out.slice(0, 13)]).toEqual([0, "All is right:"]);
    expect(err).toBe(
      `${folder}/config/kindling.yaml:4:57: warning: mail.dkim.key_file: secrets/none.pem is not there; looked for ${process.cwd()}/secrets/none.pem and ${folder}/secrets/none.pem; where mail is sent, \`start\` needs it\n`,
    );
    await write(folder, { ...mail("secrets/key.pem"), "secrets/key.pem": "not a key" });
    expect((await kindling("check", ...options)).err).toContain("holds no private key (PEM)");
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
    await write(folder, {
      "secrets/key.pem": privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    });
    expect(await kindling("check", ...options)).toMatchObject({ status: 0, err: "" });
  });
});

test("a scenario of another form is a mistake; one that names what is gone is warned of, and only test refuses it", async () => {
  await inFolder(async (folder) => {
    const scenario = `scenario: A test
from: 2026-03-02
until: 2026-03-08
given: { leads: [{ email: ada@x.example }] }
expect: [{ mail: gone/away }]
`;
    const gone = { ...SMALL, "config/scenarios/a.yaml": scenario };
    expect(await kindling("check", ...(await write(folder, gone)))).toEqual({
      status: 0,
      out: expect.stringContaining("1 scenario."),
      err: expect.stringMatching(/scenarios\/a.yaml:5:18: warning: there is no template "gone\/away" \(/),
    });
    const odd = { "config/scenarios/b.yaml": scenario.replace("expect:", "expects:") };
    expect(await kindling("check", ...(await write(folder, odd)))).toMatchObject({
      status: 2,
      err: expect.stringContaining('scenarios/b.yaml:5:1: unknown key "expects" (did you mean "expect"?)'),
    });
  });
});
