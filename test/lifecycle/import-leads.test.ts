import { beforeEach, describe, expect, test } from "vitest";
import { findLead } from "../../src/leads/leads.store.ts";
import { formatInstant } from "../../src/instant.ts";
import type { PlannedColumn } from "../../src/lifecycle/import-columns.ts";
import { forEachDatabase } from "../database.ts";
import { act, created, openHouse, programmeOf, type House } from "../reps/house.ts";
import { attributesOf, badRows, bring, countOf, counts, fileOf, logOf } from "./import-house.ts";

const KINDLING = `
company: { name: Acme, address: 1 Main Street }
mail: { from: Acme <hello@acme.example> }
windows: { business-hours: { days: [mon, tue], from: "09:00", to: "17:00" } }
topics: [{ topic: news }, { topic: events }]
attributes: { employees: number, trial: boolean, authority: [decides, none], total_visits: number, since: date, occupation: text, time_on_site: number }
`;

const COLD = `
sequence: cold
enter: [{ temperature: cold }]
steps: [{ wait: 3d }]
`;

const programme = await programmeOf(undefined, {
  "config/kindling.yaml": KINDLING,
  "config/sequences/cold.yaml": COLD,
});

forEachDatabase("importing leads", (open) => {
  let house: House;

  beforeEach(async () => {
    house = await openHouse(await open(), programme);
  });

  test("types what the columns say, and finds them by their headers", async () => {
    const file = await fileOf(
      "E-Mail;First Name;TotalVisits;trial;Authority;Since;What is your current occupation;Total Time Spent on Website;Nonsense\r\n" +
        ' Ada@ACME.example ;"Ada; Countess";12;Yes;DECIDES;2026-01-31;Student;674;x\r\n' +
        "bo@acme.example;;;;;;;;\r\n",
    );
    let plan: readonly PlannedColumn[] = [];
    const report = await bring(house.spine, file, { listener: { plan: (columns) => (plan = columns) } });
    expect(counts(report)).toEqual({ created: 2 });
    expect(Object.fromEntries(plan.map(({ column, to }) => [column, to]))).toEqual({
      "E-Mail": "email",
      "First Name": "first_name",
      TotalVisits: "total_visits",
      trial: "trial",
      Authority: "authority",
      Since: "since",
      "What is your current occupation": "occupation",
      "Total Time Spent on Website": "time_on_site",
      Nonsense: null,
    });
    expect(await attributesOf(house.spine, "ada@acme.example")).toEqual({
      first_name: "Ada; Countess",
      total_visits: 12,
      trial: true,
      authority: "decides",
      since: "2026-01-31",
      occupation: "Student",
      time_on_site: 674,
    });
    expect(await attributesOf(house.spine, "bo@acme.example")).toEqual({});
  });

  test("changes nothing where the same file comes again, and only what differs where another does", async () => {
    const file = await fileOf("email,employees,country\na@x.example,5,PT\nb@x.example,6,ES\n");
    await bring(house.spine, file);
    expect(counts(await bring(house.spine, file))).toEqual({ unchanged: 2 });
    expect(await logOf(house.spine, "a@x.example")).toEqual(["2026-03-02T10:00:00.000Z lead.created"]);
    const other = await fileOf("email,employees,country\na@x.example,7,\nb@x.example,6,ES\n");
    expect(counts(await bring(house.spine, other))).toEqual({ changed: 1, unchanged: 1 });
    expect(await attributesOf(house.spine, "a@x.example")).toEqual({ employees: 7, country: "PT" });
    const { properties } = await house.spine.db.kysely
      .selectFrom("events")
      .select("properties")
      .where("type", "=", "lead.updated")
      .executeTakeFirstOrThrow();
    expect(JSON.parse(properties)).toEqual({ attributes: { employees: 7 } });
  });

  test("puts bad rows into a file with line and reason, and the good ones in", async () => {
    const file = await fileOf(
      [
        "email,employees,trial,authority",
        "good@x.example,1,no,none",
        "not an address,1,no,none",
        ",1,no,none",
        "a@x.example,many,no,none",
        'b@x.example,1,"may',
        'be",none',
        "c@x.example,1,no,boss",
        "d@x.example,1,no",
        'e@x.example,1,5" screen,none',
        "f@x.example,1,no,\0",
        "good2@x.example,2,yes,decides",
      ].join("\n"),
    );
    const report = await bring(house.spine, file);
    expect(counts(report)).toEqual({ created: 2, bad: 8 });
    expect(report.badFile).toBe(`${file}.bad.csv`);
    expect(await badRows(report)).toEqual([
      "line,reason,email,employees,trial,authority",
      '3,"""not an address"" is no email address",not an address,1,no,none',
      "4,has no email,,1,no,none",
      '5,"employees must be a number, not ""many""",a@x.example,many,no,none',
      '6,"trial must be yes or no, not ""may\\nbe""",b@x.example,1,"may',
      'be",none',
      '8,"authority must be one of decides, none, not ""boss""",c@x.example,1,no,boss',
      '9,"has 3 columns, the header 4",d@x.example,1,no',
      '10,"has a quote that is not closed or stands inside a field (in quotes it is written """")","e@x.example,1,5"" screen,none"',
      "11,authority holds a NUL character,f@x.example,1,no,\0",
    ]);
    expect(await attributesOf(house.spine, "good2@x.example")).toEqual({
      employees: 2,
      trial: true,
      authority: "decides",
    });
  });

  test("takes the last of several rows with one email, says so, and finds nothing to do the second time", async () => {
    const file = await fileOf("email,employees\na@x.example,1\nb@x.example,2\nA@X.example,3\n");
    const report = await bring(house.spine, file);
    expect(counts(report)).toEqual({ created: 2, bad: 1 });
    expect(report.problems).toEqual([{ line: 2, reason: "a@x.example is on line 4 again, which counts" }]);
    expect(await attributesOf(house.spine, "a@x.example")).toEqual({ employees: 3 });
    expect(counts(await bring(house.spine, file))).toEqual({ unchanged: 2, bad: 1 });
  });

  test("does not let a bad row stand in for a good one with its email", async () => {
    const file = await fileOf("email,employees\na@x.example,1\na@x.example,many\n");
    expect(counts(await bring(house.spine, file))).toEqual({ created: 1, bad: 1 });
    expect(await attributesOf(house.spine, "a@x.example")).toEqual({ employees: 1 });
  });

  test("enters, notifies and opens nothing, unless told to live", async () => {
    const file = await fileOf("email,employees\na@x.example,500\n");
    await bring(house.spine, file);
    expect(await countOf(house.spine, "enrolments")).toBe(0);
    const live = await fileOf("email,employees\nb@x.example,500\n");
    await bring(house.spine, live, { live: true });
    expect(house.happenings.map(({ email, what }) => `${String(email)} ${what}`)).toEqual([
      "b@x.example lead.created",
      "b@x.example sequence.entered",
      "b@x.example sequence.step",
    ]);
  });

  test("says in a dry run what would change, and changes nothing", async () => {
    await house.arrive("a@x.example", created({ employees: 1 }));
    const file = await fileOf("email,employees\na@x.example,2\nb@x.example,1\nc\n");
    const report = await bring(house.spine, file, { dryRun: true });
    expect(counts(report)).toEqual({ changed: 1, created: 1, bad: 1 });
    expect(report.badFile).toBeNull();
    expect(report.problems).toEqual([{ line: 4, reason: "has 1 columns, the header 2" }]);
    expect(await countOf(house.spine, "leads")).toBe(1);
    expect(await attributesOf(house.spine, "a@x.example")).toEqual({ employees: 1 });
  });

  test("takes owners, stages, when a lead began, and consent", async () => {
    const file = await fileOf(
      "email,Lead Owner,Stage,Created Date,Consent\n" +
        "a@x.example,Maria Silva,Customer,2025-11-05 08:30,news; events\n" +
        "b@x.example,SAM,,2025-11-06,no\n" +
        "c@x.example,nobody,,,\n" +
        "d@x.example,,boss,,\n" +
        "e@x.example,,,05/11/2025,\n" +
        "f@x.example,,,2027-01-01,\n" +
        "g@x.example,,,,perhaps\n",
    );
    const report = await bring(house.spine, file);
    expect(counts(report)).toEqual({ created: 2, bad: 5 });
    expect(report.problems.map(({ reason }) => reason)).toEqual([
      'there is no rep "nobody"',
      'stage must be one of lead, mql, opportunity, lost, customer, not "boss"',
      'created_at must be a date like 2026-01-31 or an instant like 2026-01-31T10:00:00Z, not "05/11/2025"',
      "created_at lies in the future: 2027-01-01",
      'consent must be yes, no or topics (news, events), not "perhaps"',
    ]);
    const lead = (await findLead(house.spine.db.kysely, "a@x.example"))!;
    expect({ ...lead, createdAt: formatInstant(lead.createdAt) }).toMatchObject({
      owner: "maria",
      stage: "customer",
      createdAt: "2025-11-05T08:30:00.000Z",
    });
    expect(await logOf(house.spine, "a@x.example")).toEqual([
      "2025-11-05T08:30:00.000Z lead.created",
      "2026-03-02T10:00:00.000Z consent.given",
      "2026-03-02T10:00:00.000Z consent.given",
    ]);
    expect(await logOf(house.spine, "b@x.example")).toContain("2026-03-02T10:00:00.000Z consent.withdrawn");
    expect(counts(await bring(house.spine, file))).toEqual({ unchanged: 2, bad: 5 });
  });

  test("gives nobody's consent back who has withdrawn it", async () => {
    await house.arrive("a@x.example", created({}), act("consent.withdrawn"));
    const file = await fileOf("email,consent\na@x.example,yes\n");
    expect(counts(await bring(house.spine, file))).toEqual({ unchanged: 1 });
  });

  test("mails nobody again who opted out, there or in an earlier list", async () => {
    const file = await fileOf(
      "email,Do Not Email\na@x.example,Yes\nb@x.example,No\nc@x.example,complained\n",
    );
    await bring(house.spine, file, { live: true });
    const rows = await house.spine.db.kysely
      .selectFrom("leads")
      .select(["email", "suppressed"])
      .orderBy("id")
      .execute();
    expect(rows).toEqual([
      { email: "a@x.example", suppressed: "imported list" },
      { email: "b@x.example", suppressed: null },
      { email: "c@x.example", suppressed: "complained" },
    ]);
    expect(house.happenings.filter(({ what }) => what === "sequence.entered")).toHaveLength(1);
    const again = await fileOf("email,Do Not Email\na@x.example,No\n");
    expect(counts(await bring(house.spine, again))).toEqual({ unchanged: 1 });
    expect((await findLead(house.spine.db.kysely, "a@x.example"))!.suppressed).toBe("imported list");
  });

  test("reads JSON Lines, also as score does, and clears what is null", async () => {
    const file = await fileOf(
      [
        {
          email: "a@x.example",
          at: "2026-01-01T00:00:00Z",
          attributes: { employees: 5, Country: "PT", other: 1 },
        },
        { email: "b@x.example", "Total Visits": "7", trial: true },
        { email: "c@x.example", attributes: { employees: [1] } },
        { email: "d@x.example", first_name: "\ud800" },
      ],
      "jsonl",
    );
    const report = await bring(house.spine, file);
    expect(counts(report)).toEqual({ created: 2, bad: 2 });
    expect(report.problems.map(({ reason }) => reason)).toEqual([
      "employees must be one value, not [1]",
      "first_name holds half a character (a lone surrogate)",
    ]);
    expect(report.columns.filter(({ to }) => to === null)).toEqual([
      { column: "attributes.other", to: null },
    ]);
    expect(await attributesOf(house.spine, "a@x.example")).toEqual({ employees: 5, country: "PT" });
    expect(await attributesOf(house.spine, "b@x.example")).toEqual({ total_visits: 7, trial: true });
    expect(await logOf(house.spine, "a@x.example")).toEqual(["2026-01-01T00:00:00.000Z lead.created"]);
    const less = await fileOf([{ email: "a@x.example", attributes: { employees: null } }], "jsonl");
    expect(counts(await bring(house.spine, less))).toEqual({ changed: 1 });
    expect(counts(await bring(house.spine, less))).toEqual({ unchanged: 1 });
    expect(await attributesOf(house.spine, "a@x.example")).toEqual({ country: "PT" });
  });

  test("heeds --map, for names of other systems and against its own guesses", async () => {
    const file = await fileOf('Mail address,"Staff, all",Country,City\na@x.example,5,PT,Lisbon\n');
    const map = "Mail address=email,Staff, all=employees,Country=ignore";
    expect(counts(await bring(house.spine, file, { map }))).toEqual({ created: 1 });
    expect(await attributesOf(house.spine, "a@x.example")).toEqual({ employees: 5 });
  });

  test("brings in thousands of rows, batch after batch", async () => {
    const rows = Array.from({ length: 1234 }, (_, index) => `lead${index}@x.example,${index}`);
    const file = await fileOf(`email,employees\n${rows.join("\n")}\n`);
    const seen: number[] = [];
    const listener = { progress: ({ rows: done }: { rows: number }) => void seen.push(done) };
    expect(counts(await bring(house.spine, file, { listener }))).toEqual({ created: 1234 });
    expect(seen).toEqual([400, 800, 1200, 1234]);
    expect(counts(await bring(house.spine, file))).toEqual({ unchanged: 1234 });
    expect(await countOf(house.spine, "events")).toBe(1234);
  });

  describe("refuses a file that it can't use, and changes nothing", () => {
    test.each([
      ["", "is empty"],
      ["\n\n", "is empty"],
      [
        "name,city\nAda,Lisbon\n",
        ':1:1: no column is "email": there is name, city (name it with --map "COLUMN=email")',
      ],
      ['[{"email":"a@x.example"}]', ":1:1: is a JSON array; write one object a line (JSON Lines)"],
      ['em"ail,x\na@x.example,1\n', ":1:1: the header has a quote that is not closed"],
      ["email,type,at\na@x.example,page.viewed,2026-01-01\n", "looks like events, not leads (say --events"],
    ])("%j", async (content, message) => {
      const file = await fileOf(content);
      await expect(bring(house.spine, file)).rejects.toThrow(message);
      expect(await countOf(house.spine, "leads")).toBe(0);
    });

    test("that is not there, is a folder, or is UTF-16", async () => {
      await expect(bring(house.spine, "nowhere.csv")).rejects.toThrow("nowhere.csv: there is no such file");
      await expect(bring(house.spine, "config")).rejects.toThrow("config: is a folder");
      const file = await fileOf(Buffer.from("\ufeffemail\na@x.example\n", "utf16le"));
      await expect(bring(house.spine, file)).rejects.toThrow("is UTF-16; save it as UTF-8");
    });

    test("whose columns --map gets wrong", async () => {
      const file = await fileOf("email,Lead Number\na@x.example,5\n");
      const wrong: readonly (readonly [string, string])[] = [
        ["Lead Nmber=ignore", '--map: the file has no column "Lead Nmber" (did you mean "Lead Number"?)'],
        ["Lead Number=employes", 'there is no attribute "employes" (did you mean "employees"?)'],
        ["Lead Number=zzz", 'there is no attribute "zzz" (declare it in kindling.yaml)'],
        ["email=country,Lead Number=country", 'both "email" and "Lead Number" are country'],
        ["email", '--map: "email" must be COLUMN=NAME or COLUMN=ignore'],
      ];
      for (const [map, message] of wrong)
        await expect((async () => bring(house.spine, file, { map }))()).rejects.toThrow(message);
    });

    test("where its bad rows can't be written", async () => {
      const file = await fileOf("email\na@x.example\nb\n");
      const bad = "/proc/nowhere/bad.csv";
      await expect(bring(house.spine, file, { bad })).rejects.toThrow("name another file with --bad");
      expect(await countOf(house.spine, "leads")).toBe(0);
    });
  });

  test("reads on where some lines are no UTF-8", async () => {
    const file = await fileOf(
      Buffer.concat([
        Buffer.from("\ufeffemail,first_name\na@x.example,Zoë\nb@x.example,"),
        Buffer.from("Zoë\n", "latin1"),
        Buffer.from("c@x.example,Ann\n"),
      ]),
    );
    const report = await bring(house.spine, file);
    expect(counts(report)).toEqual({ created: 2, bad: 1 });
    expect(report.problems).toEqual([{ line: 3, reason: "is no UTF-8 text: save the file as UTF-8" }]);
    expect(await attributesOf(house.spine, "a@x.example")).toEqual({ first_name: "Zoë" });
  });
});
