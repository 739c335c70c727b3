/** A route, and what it likes to get. */
interface Target {
  readonly method: string;
  readonly path: string;
  readonly type: "json" | "form" | "mail";
}

const TARGETS: readonly Target[] = [
  ...[
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /api/leads",
    "PUT /api/leads/new@customer.example",
    "GET /api/leads/ada@customer.example",
    "DELETE /api/leads/gone@customer.example",
    "GET /api/leads/ada@customer.example/timeline",
    "GET /api/leads/gone@customer.example/export",
    "POST /api/leads/ada@customer.example/pause",
    "POST /api/leads/gone@customer.example/resume",
    "POST /api/leads/ada@customer.example/enrol",
    "POST /api/leads/ada@customer.example/rename",
    "GET /api/deals",
    "POST /api/deals",
    "POST /api/deals/1",
    "POST /api/events",
    "GET /api/messages",
    "GET /api/messages/1",
    "POST /api/messages/1/send-again",
    "GET /api/sequences",
    "GET /api/sequences/welcome",
    "GET /api/reps/maria/notices",
    "POST /api/notices/1/answer",
    "GET /api/openapi.json",
    "GET /api/docs",
    "POST /t/e",
  ].map(json),
  ...[
    "POST /mailbox/1/send-again",
    "POST /hold",
    "POST /release",
    "POST /login",
    "GET /t/o/abc.gif",
    "GET /t/c/abc",
    "POST /t/u/abc",
    "POST /t/p/abc",
    "POST /t/f/abc",
    "POST /t/d/abc",
    "GET /t/v/abc",
    "GET /t/k.js",
    "OPTIONS /t/e",
    "POST /r/abc",
    "POST /hooks/mailgun",
    "POST /hooks/postmark",
    "POST /hooks/sendgrid",
    "POST /hooks/ses",
  ].map((text) => ({ ...json(text), type: "form" as const })),
  { method: "POST", path: "/hooks/inbound", type: "mail" },
];

/** Whole pages take longest. */
const PAGES: readonly Target[] = [
  "GET /",
  "GET /leads/ada@customer.example",
  "GET /segments",
  "GET /segments/big",
  "GET /sequences/welcome",
  "GET /scoring",
  "GET /notices",
  "GET /versions",
  "GET /mailbox",
  "GET /mailbox/1",
  "GET /mailbox/1/mail",
].map(json);

function json(text: string): Target {
  const [method = "", path = ""] = text.split(" ");
  return { method, path, type: "json" };
}

const METHODS = "GET POST PUT HEAD OPTIONS PATCH TRACE PROPFIND LOCK SEARCH QUERY M-SEARCH PURGE".split(" ");
const NO_TARGETS = [
  "",
  " ",
  "leads",
  "/\u00e9",
  "/\xff\xfe",
  "elsewhere.example:443",
  "/leads /leads",
  "/\0",
  "/\r/",
];
const NO_METHODS = ["get", "G E T", "", "\0", "GET\t", "PRI", "X".repeat(9000), "GE\u00d6T", "CONNECT"];
const TAILS = [
  "%",
  "%zz",
  "%00",
  "%ff%fe",
  "%c0%ae%c0%ae/",
  "%E0%A4%A",
  "%u0041",
  "%25%30%30",
  "/../../etc/passwd",
  "/..%2f..%2fetc%2fpasswd",
  "//",
  "/.",
  ";a=b",
  "\\..\\",
  "#x",
  "?",
  "?&&==&",
  "?q=%",
  "?q=%ed%a0%80",
  "?cursor=W10",
  "?limit=1e9",
  "?sort=;drop",
  "?after=hot_1e309_1",
  "?after=_",
  "?where={a",
  "?where=%7B%20attribute%3A%20%5B%5D%20%7D",
  "?state=__proto__&to=constructor",
  `?q=${"a".repeat(6000)}`,
  `?${"a=1&".repeat(2000)}`,
  "a".repeat(3000),
  "/a".repeat(1500),
];
const TARGET_FORMS = [
  (path: string) => `http://elsewhere.example${path}`,
  (path: string) => `http://${path}`,
  (path: string) => `https://a:b@[::1]:99999${path}`,
  (path: string) => `//elsewhere.example${path}`,
  () => "*",
  () => "http://",
  () => "ftp://elsewhere.example/",
];
const HEADERS = [
  "content-type: application/json; charset=utf-7",
  "content-type: multipart/form-data",
  "content-type: multipart/form-data; boundary=",
  `content-type: multipart/form-data; boundary="${"b".repeat(300)}"`,
  "content-encoding: gzip",
  "authorization: Bearer",
  "authorization: Basic ====",
  "authorization: Basic //////",
  `authorization: Bearer ${"k".repeat(600)}`,
  "idempotency-key: \u00fc",
  "idempotency-key: k",
  "idempotency-key: \t",
  "accept-language: ;q=,,*;q=9,\xff",
  "accept: */",
  'cookie: =;;="; \xff=%; __proto__=1',
  `cookie: ${"c=1; ".repeat(500)}`,
  "x-forwarded-for: ,,, [::1]:x, 999.1.1.1",
  `x-forwarded-for: ${"1.1.1.1, ".repeat(500)}`,
  "x-forwarded-proto: \xff",
  'forwarded: for="_";;',
  "origin: null",
  "origin: http://[",
  "sec-fetch-site: \xe9",
  "user-agent: \xff\xfe",
  "referer: javascript:alert(1)",
  'if-none-match: """',
  "if-modified-since: never",
  "range: bytes=-1,0-,9-1",
  "dnt: 1",
  "expect: banana",
  "host: [",
  "host: a b",
  "host: evil.example:x",
  "host: \xff",
  "host: ",
  "__proto__: 1",
  "constructor: 1",
];
/** The connection ends with these: what follows can't be read. */
const BROKEN_HEADERS = [
  "upgrade: websocket\r\nconnection: upgrade",
  "upgrade: h2c\r\nconnection: upgrade, http2-settings\r\nhttp2-settings: AAMAAABkAAQAAP__",
  "content-type: \x01",
  "no colon",
  " folded: 1",
  "space : 1",
  ": nameless",
  "na\xefve: 1",
  "nul: a\0b",
  "lone: a\rb",
  `long: ${"x".repeat(17_000)}`,
  Array.from({ length: 2500 }, (_, each) => `h${each}: 1`).join("\r\n"),
  "content-length: -1",
  "content-length: 1e3",
  "content-length: 5, 6",
  "content-length: 99999999999999999999",
  "transfer-encoding: gzip",
  "transfer-encoding: chunked, chunked",
  "transfer-encoding: \x0bchunked",
  "content-length: 3\r\ntransfer-encoding: chunked",
];
const VERSIONS = ["HTTP/0.9", "HTTP/1.0", "HTTP/2.0", "HTTP/3", "http/1.1", "HTTP/1.11", "", "ICAP/1.0"];
const CHUNKS = [
  "-1\r\n",
  "zz\r\n\r\n",
  "ffffffffffffffff\r\nab",
  "5;ext=\0\r\nhello\r\n0\r\n\r\n",
  "3\r\nabcdef\r\n0\r\n\r\n",
];

const SCALARS = [
  "null",
  "true",
  "-0",
  "1e308",
  "1e999",
  "0.1e-999",
  "9007199254740993",
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"ada@customer.example"',
  '"a@b.example\\r\\nBcc: c@d.example"',
  '"2026-03-02T12:00:00Z"',
  '"page.viewed"',
  '"{{constructor}}"',
  `"${"x".repeat(2000)}"`,
  "[]",
  "{}",
  "[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]",
];
const NAMES = [
  "email",
  "type",
  "at",
  "properties",
  "actor",
  "id",
  "attributes",
  "owner",
  "stage",
  "consent",
  "until",
  "reason",
  "sequence",
  "to",
  "value",
  "answer",
  "rep",
  "url",
  "visitor",
  "form",
  "fields",
  "do",
  "topic",
  "__proto__",
  "constructor",
  "toString",
  "",
  "a.b[0]",
];
const MAIL = [
  "From: a@b.example",
  "From: =?utf-8?B?////?= <a@b>",
  "From:",
  "To: b-00112233445566778899aabbccddeeff@bounces.acme.example",
  "To: u-@bounces.acme.example",
  `To: ${"a@b.example, ".repeat(200)}`,
  "Subject: =?x-unknown?Q?=FF?=",
  "Subject: \xff\0",
  "Message-ID: <>",
  `References: ${"<a@b> ".repeat(300)}`,
  "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
  'Content-Type: multipart/mixed; boundary=""',
  "Content-Type: message/rfc822",
  'Content-Type: text/plain; charset="no such"',
  "Content-Transfer-Encoding: base64",
  "Content-Transfer-Encoding: quoted-printable",
  "",
  "--b",
  "--b--",
  "Content-Type: message/delivery-status",
  "Final-Recipient: rfc822;",
  "Final-Recipient: rfc822; <<<@@@>>>",
  "Action: failed",
  "Status: 5.9999999999.x",
  "Diagnostic-Code: smtp; 550\x00",
  "Content-Type: message/feedback-report",
  "=FF=ZZ=",
  "////",
];

/** What goes over one connection, before anything of it is answered. */
export interface Malformed {
  readonly bytes: Buffer;
  readonly count: number;
  /** How many answers it has to get; null: a request that can't be read ends the connection, with or without one. */
  readonly answers: number | null;
}

const MOST_AT_ONCE = 60;
/** So many of ten connections bring one request, which no server can read. */
const BROKEN = 8;

/**
 * Requests as no client of good will sends them, the same for the same dice; each call has those of one connection.
 * About a quarter are no HTTP; the others are, and what they say is wrong. Some bring one of `keys`, so that it is
 * looked at.
 */
export function malformed(roll: (below: number) => number, keys: readonly string[]): () => Malformed {
  const one = <T>(of: readonly T[]): T => of[roll(of.length)]!;
  const often = (percent: number) => roll(100) < percent;

  function value(depth: number): string {
    if (depth > 4 || often(45)) return one(SCALARS);
    const inside = Array.from({ length: roll(4) }, () => value(depth + 1));
    if (often(30)) return `[${inside.join(",")}]`;
    return `{${inside.map((part) => `${JSON.stringify(one(NAMES))}:${part}`).join(",")}}`;
  }

  function jsonBody(): string {
    const fields = Array.from({ length: 1 + roll(4) }, () => `${JSON.stringify(one(NAMES))}:${value(0)}`);
    const whole = often(75) ? `{${fields.join(",")}}` : value(0);
    return often(15) ? whole.slice(0, roll(whole.length)) : whole;
  }

  function formBody(): string {
    const pair = () =>
      `${one(NAMES)}=${one([...TAILS.slice(0, 20), "off", "data", "topics", "pause-30", "mine"])}`;
    return Array.from({ length: roll(6) }, pair).join("&");
  }

  function multipartBody(): string {
    const part = () =>
      `--b\r\ncontent-disposition: form-data; name="${one(NAMES)}"\r\n\r\n${one(SCALARS)}\r\n`;
    return Array.from({ length: roll(5) }, part).join("") + one(["--b--\r\n", "--b", "--"]);
  }

  function bodyFor(target: Target): readonly [type: string, body: string] {
    if (often(10)) return ["multipart/form-data; boundary=b", multipartBody()];
    const type = often(85) ? target.type : one(["json", "form", "mail"] as const);
    if (type === "json") return ["application/json", jsonBody()];
    if (type === "form") return ["application/x-www-form-urlencoded", formBody()];
    return ["message/rfc822", Array.from({ length: roll(20) }, () => one(MAIL)).join("\r\n")];
  }

  function written(change: (request: Request) => void): string {
    const target = one(often(10) ? PAGES : TARGETS);
    const [type, body] = bodyFor(target);
    const request: Request = {
      method: often(80) ? target.method : one(METHODS),
      path: target.path + (often(40) ? one(TAILS) : ""),
      version: "HTTP/1.1",
      headers: ["host: 127.0.0.1", `content-type: ${type}`],
      length: `content-length: ${body.length}`,
      body,
    };
    const { headers } = request;
    if (often(70)) headers.push(`authorization: Bearer ${one(keys)}`);
    // From this machine, or through a proxy.
    if (often(30)) headers.push(`x-forwarded-for: 192.0.2.${roll(256)}`);
    for (let more = roll(3); more > 0; more--) headers.push(one(HEADERS));
    change(request);
    const head = [`${request.method} ${request.path} ${request.version}`, ...headers, request.length];
    return `${head.join("\r\n")}\r\n\r\n${request.body}`;
  }

  function readable(request: Request): void {
    if (often(8)) request.path = one(TARGET_FORMS)(request.path);
    if (often(90)) return;
    request.length = "transfer-encoding: chunked";
    const { length } = request.body;
    request.body = `${length > 0 ? `${length.toString(16)}\r\n${request.body}\r\n` : ""}0\r\n\r\n`;
  }

  function broken(): string {
    if (often(10)) return Array.from({ length: roll(300) }, () => String.fromCharCode(roll(256))).join("");
    return written((request) => {
      const fault = roll(6);
      if (fault === 0) request.method = one(NO_METHODS);
      else if (fault === 1) request.version = one(VERSIONS);
      else if (fault === 2) request.headers.push(one(BROKEN_HEADERS));
      else if (fault === 3) request.path = one(NO_TARGETS);
      else if (fault === 4) request.length = `content-length: ${request.body.length + 1 + roll(1000)}`;
      else [request.length, request.body] = ["transfer-encoding: chunked", one(CHUNKS)];
    });
  }

  return () => {
    if (roll(10) < BROKEN) return { bytes: Buffer.from(broken(), "latin1"), count: 1, answers: null };
    const count = 1 + roll(MOST_AT_ONCE);
    const all = Array.from({ length: count }, () => written(readable));
    const end = "GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n";
    return { bytes: Buffer.from(all.join("") + end, "latin1"), count: count + 1, answers: count + 1 };
  };
}

interface Request {
  method: string;
  path: string;
  version: string;
  readonly headers: string[];
  length: string;
  body: string;
}
