import { describe, expect, test } from "vitest";
import { loadModels } from "../../src/programme/load.ts";
import { programmeOf, said, SMALL, withFiles } from "./files.ts";

const change = (path: string, from: string, to: string) => {
  const before = SMALL[path]!;
  if (!before.includes(from)) throw new Error(`${path} has no ${from}`);
  return { [path]: before.replace(from, to) };
};

test("files that are right make a programme, without a word", async () => {
  expect(await said({})).toEqual([]);
  const programme = await programmeOf();
  expect(programme.hash).toMatch(/^[0-9a-f]{64}$/);
  expect(programme.models.map(({ name }) => name)).toEqual(["default"]);
  expect([...programme.sequences.keys()]).toEqual(["nurture"]);
  expect([...programme.templates.get("warm/hello")!.keys()]).toEqual([""]);
  expect(programme.reps.reps[0]!.rep).toBe("maria");
});

test("kindling.yaml is enough: what is absent is empty", async () => {
  const [settings] = Object.entries(SMALL);
  const files = Object.fromEntries(Object.keys(SMALL).map((path) => [path, undefined]));
  const programme = await programmeOf({ ...files, [settings![0]]: settings![1] });
  expect(programme.models).toEqual([]);
  expect(programme.sequences.size).toBe(0);
  expect(programme.reps.notices).toEqual([]);
});

test("without kindling.yaml that is all there is to say", async () => {
  expect(await said({ "config/kindling.yaml": undefined })).toEqual([
    "config/kindling.yaml: there is no such file: it has to give company.name, company.address and mail.from (kindling init makes one)",
  ]);
});

test("the hash names the files: same content same hash, one letter more another", async () => {
  const { hash } = await programmeOf();
  const reversed = new Map([...withFiles({})].reverse());
  expect((await programmeOf(Object.fromEntries(reversed))).hash).toBe(hash);
  expect((await programmeOf(change("config/segments.yaml", "segments:", "# a\nsegments:"))).hash).not.toBe(
    hash,
  );
});

test("the default model comes first, the others by name", async () => {
  const other = (name: string) => ({
    [`config/scoring/${name}.yaml`]: `model: ${name}\nthresholds: { warm: 25, hot: 50 }\n`,
  });
  const programme = await programmeOf({ ...other("zeta"), ...other("alpha") });
  expect(programme.models.map(({ name }) => name)).toEqual(["default", "alpha", "zeta"]);
});

describe("a name that no file defines is a mistake where it is used", () => {
  test.each([
    [
      "a template",
      change("config/sequences/nurture.yaml", "warm/hello", "warm/helo"),
      ['config/sequences/nurture.yaml:6:11: there is no template "warm/helo" (did you mean "warm/hello"?)'],
    ],
    [
      "a window",
      change("config/sequences/nurture.yaml", "window: office", "window: offic"),
      ['config/sequences/nurture.yaml:4:9: there is no window "offic" (did you mean "office"?)'],
    ],
    [
      "a segment",
      change("config/sequences/nurture.yaml", "segment: trial", "segment: trail"),
      ['config/sequences/nurture.yaml:2:52: there is no segment "trail" (did you mean "trial"?)'],
    ],
    [
      "a mark",
      change("config/sequences/nurture.yaml", "reached: invite", "reached: invitation"),
      ['config/sequences/nurture.yaml:2:76: the model "default" has no mark "invitation" (there is invite)'],
    ],
    [
      "a model",
      change("config/sequences/nurture.yaml", "reached: invite", "reached: invite, model: b2b"),
      ['config/sequences/nurture.yaml:2:91: there is no model "b2b" (there is default)'],
    ],
    [
      "a rep to tell",
      change("config/sequences/nurture.yaml", "notify: maria", "notify: marai"),
      ['config/sequences/nurture.yaml:8:13: there is no rep "marai" (did you mean "maria"?)'],
    ],
    [
      "a rep as owner",
      change("config/sequences/nurture.yaml", "owner: maria", "owner: sam"),
      ['config/sequences/nurture.yaml:3:16: there is no rep "sam" (there is maria)'],
    ],
    [
      "a webhook",
      change("config/sequences/nurture.yaml", "webhook: crm", "webhook: crn"),
      ['config/sequences/nurture.yaml:9:14: there is no webhook "crn" (did you mean "crm"?)'],
    ],
    [
      "an attribute to set",
      change("config/sequences/nurture.yaml", "set: { need: useful }", "set: { neeed: useful }"),
      ['config/sequences/nurture.yaml:7:12: there is no attribute "neeed" (did you mean "need"?)'],
    ],
    [
      "an attribute of a rep's",
      change("config/reps.yaml", "attribute: need", "attribute: ned"),
      ['config/reps.yaml:1:82: there is no attribute "ned" (did you mean "need"?)'],
    ],
    [
      "a window to escalate in",
      change("config/reps.yaml", "window: office", "window: shop"),
      ['config/reps.yaml:2:70: there is no window "shop" (there is office)'],
    ],
    [
      "an attribute of a model's",
      change("config/scoring/default.yaml", "attribute: need", "attribute: nede"),
      ['config/scoring/default.yaml:4:37: there is no attribute "nede" (did you mean "need"?)'],
    ],
    [
      "a topic of a template's",
      change("templates/warm/hello.mjml", "topic: product", "topic: produce"),
      ['templates/warm/hello.mjml:3:8: there is no topic "produce" (did you mean "product"?)'],
    ],
    [
      "a variable of a template's",
      change("templates/warm/hello.mjml", "{{need", "{{nead"),
      ['templates/warm/hello.mjml:5:61: there is no variable "nead" (did you mean "need"?)'],
    ],
  ])("%s", async (_, changed, expected) => {
    expect(await said(changed)).toEqual(expected);
  });

  test("an unnamed model means default, which has to be there", async () => {
    const files = change("config/scoring/default.yaml", "model: default", "model: products");
    expect(
      await said({
        ...files,
        "config/reps.yaml": undefined,
        ...change("config/sequences/nurture.yaml", "exit: { owner: maria }\n", ""),
      }),
    ).toContain('config/sequences/nurture.yaml:2:9: there is no model "default" (there is products)');
  });

  test("any attribute will do where none are declared", async () => {
    const files = {
      ...change("config/kindling.yaml", "attributes: { need: [main, useful], employees: number }\n", ""),
      ...change("config/scoring/default.yaml", "attribute: need", "attribute: whatever"),
    };
    expect(await said(files)).toEqual([]);
  });
});

describe("what can't be meant is said", () => {
  const model = (from: string, to: string) => change("config/scoring/default.yaml", from, to);
  test.each([
    [
      "hot below warm",
      model("warm: 25, hot: 50", "warm: 50, hot: 25"),
      ["config/scoring/default.yaml:2:30: hot must not be below warm"],
    ],
    [
      "a hot that nobody gets",
      model("hot: 50", "hot: 150"),
      ["config/scoring/default.yaml:2:30: nobody gets hot: the ceiling is 100"],
    ],
    [
      "a mark above the ceiling",
      model("invite: 75", "invite: 175"),
      ["config/scoring/default.yaml:3:18: is never reached: the ceiling is 100"],
    ],
    [
      "a mark at the floor",
      model("invite: 75", "invite: 0"),
      ["config/scoring/default.yaml:3:18: is reached always: the floor is 0"],
    ],
    [
      "negative cooling",
      model("cooling: 5", "cooling: -5"),
      ["config/scoring/default.yaml:2:43: must be at least 0"],
    ],
    [
      "cooling as large as the gap",
      model("cooling: 5", "cooling: 25"),
      ["config/scoring/default.yaml:2:43: warning: is as large as the gap between warm and hot"],
    ],
    [
      "a cap below the points",
      model("points: 30", "points: 30, cap: 20"),
      ["config/scoring/default.yaml:5:74: warning: is below the points: the rule gives 20 at most"],
    ],
    [
      "a misspelt event",
      model("demo.requested", "demo.request"),
      [
        'config/scoring/default.yaml:5:41: warning: "demo.request" is no event of the catalogue (did you mean "demo.requested"?)',
      ],
    ],
    [
      "a word that an attribute can't have",
      model("is: main", "is: mian"),
      [
        'config/scoring/default.yaml:4:57: warning: "need" is never "mian", which its list of words lacks (did you mean "main"?)',
      ],
    ],
    ["a model called as its file is not", model("model: default", "model: default\ntitle: T"), []],
    [
      "a sequence called as its file is not",
      change("config/sequences/nurture.yaml", "sequence: nurture", "sequence: warm"),
      [
        'config/sequences/nurture.yaml:1:11: warning: the file is called "nurture", its sequence "warm" (better the same)',
      ],
    ],
    [
      "a sequence that another file has",
      { "config/sequences/other.yaml": SMALL["config/sequences/nurture.yaml"]! },
      [
        'config/sequences/other.yaml:1:11: there is a sequence "nurture" already, in config/sequences/nurture.yaml',
      ],
    ],
    [
      "a template that nothing sends",
      { "templates/warm/old.mjml": SMALL["templates/warm/hello.mjml"]! },
      ["templates/warm/old.mjml: warning: is sent by no sequence"],
    ],
    [
      "a template for Germans alone",
      { "templates/warm/old.de.mjml": SMALL["templates/warm/hello.mjml"]! },
      ["templates/warm/old.de.mjml: has no version for everybody else (add templates/warm/old.mjml)"],
    ],
    [
      "a text without its mail",
      { "templates/warm/old.txt": "Hello" },
      ["templates/warm/old.txt: is the plain text of no mail (add templates/warm/old.mjml)"],
    ],
    [
      "an attribute with a helper's name",
      change("config/kindling.yaml", "employees: number", "employees: number, date: text"),
      ['config/kindling.yaml:6:56: "date" means something else in templates (call it lead_date, say)'],
    ],
    [
      "a file that nothing reads",
      { "config/segmnets.yaml": "segments: []" },
      ["config/segmnets.yaml: warning: is not read (did you mean config/segments.yaml?)"],
    ],
  ])("%s", async (_, changed, expected) => {
    expect(await said(changed)).toEqual(expected);
  });
});

test("mistakes of all files come at once, in order of file and line", async () => {
  expect(
    await said({
      ...change("config/kindling.yaml", "name: Acme", "nam: Acme"),
      "config/reps.yaml": "resp: []\n",
      ...change("config/segments.yaml", "did:", "di:"),
      ...change("config/scoring/default.yaml", "hot: 50", "hto: 50"),
      ...change("config/sequences/nurture.yaml", "- send", "- snd"),
      ...change("templates/warm/hello.mjml", 'first_name "you"', 'fist_name "you"'),
    }),
  ).toEqual([
    'config/kindling.yaml:1:12: unknown key "nam" (did you mean "name"?)',
    'config/reps.yaml:1:1: unknown key "resp" (did you mean "reps"?)',
    'config/scoring/default.yaml:2:25: unknown key "hto" (did you mean "hot"?)',
    'config/segments.yaml:2:31: unknown key "di" (did you mean "did"?)',
    'config/sequences/nurture.yaml:3:16: there is no rep "maria" (reps are in config/reps.yaml)',
    'config/sequences/nurture.yaml:6:5: unknown key "snd" (did you mean "send"?)',
    'config/sequences/nurture.yaml:8:13: there is no rep "maria" (reps are in config/reps.yaml)',
    'templates/warm/hello.mjml:5:39: there is no variable "fist_name" (did you mean "first_name"?)',
  ]);
});

test("names that nothing defines are said together with the mistakes of shape in the same file", async () => {
  expect(
    await said({
      ...change("config/scoring/default.yaml", "hot: 50", "hto: 50"),
      ...change("config/segments.yaml", "did: trial.started", "attribute: neet, si: x"),
      "config/sequences/nurture.yaml": `sequence: nurture
enter: [{ segment: trail }]
window: ofice
priorty: 1
steps:
  - wait_for: { attribute: employes, over: 5 }
    then: [{ send: warm/helo }, { set: { owner: anybody } }, { notify: owner }, { notify: mara }]
  - ab: { variants: { a: warm/hello, b: warm/hallo }, measure: clicked, confidence: 95% }
`,
    }),
  ).toEqual([
    'config/scoring/default.yaml:2:25: unknown key "hto" (did you mean "hot"?)',
    'config/segments.yaml:2:42: there is no attribute "neet" (did you mean "need"?)',
    'config/segments.yaml:2:48: unknown key "si" (did you mean "is"?)',
    'config/sequences/nurture.yaml:2:20: there is no segment "trail" (did you mean "trial"?)',
    'config/sequences/nurture.yaml:3:9: there is no window "ofice" (did you mean "office"?)',
    'config/sequences/nurture.yaml:4:1: unknown key "priorty" (did you mean "priority"?)',
    "config/sequences/nurture.yaml:6:5: waits for ever: say how long with up_to",
    'config/sequences/nurture.yaml:6:28: there is no attribute "employes" (did you mean "employees"?)',
    'config/sequences/nurture.yaml:7:20: there is no template "warm/helo" (did you mean "warm/hello"?)',
    'config/sequences/nurture.yaml:7:91: there is no rep "mara" (did you mean "maria"?)',
    'config/sequences/nurture.yaml:8:41: there is no template "warm/hallo" (did you mean "warm/hello"?)',
  ]);
});

test("a file that is no YAML does not make every other file wrong", async () => {
  expect(await said({ "config/segments.yaml": "segments: [\n" })).toEqual([
    "config/segments.yaml:2:1: a list or mapping above is not closed (end it with ] or })",
  ]);
  expect(await said({ "config/kindling.yaml": "company: [\n" })).toHaveLength(1);
  expect(await said({ "config/scoring/default.yaml": "model: [\n" })).toHaveLength(1);
});

test("for scores alone only attributes and models are read", () => {
  const files = new Map([
    ["config/kindling.yaml", "attributes: { need: text }\nnonsense: true\n"],
    ["config/scoring/default.yaml", SMALL["config/scoring/default.yaml"]!],
    ["config/sequences/broken.yaml", "sequence: ["],
  ]);
  const loaded = loadModels(files);
  expect("value" in loaded && loaded.value.models.map(({ name }) => name)).toEqual(["default"]);
  expect("value" in loaded && [...loaded.value.attributes!]).toEqual([["need", "text"]]);
  files.delete("config/kindling.yaml");
  expect("value" in loadModels(files)).toBe(true);
});
