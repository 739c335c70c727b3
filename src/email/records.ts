/** What is so with one part of a set-up, and what to do about it; null where nothing is to be done. */
export interface Finding {
  readonly about: string;
  readonly level: "ok" | "warning" | "wrong";
  readonly what: string;
  readonly todo: string | null;
}

export function ok(about: string, what: string): Finding {
  return { about, level: "ok", what, todo: null };
}

export function warning(about: string, what: string, todo: string): Finding {
  return { about, level: "warning", what, todo };
}

export function wrong(about: string, what: string, todo: string): Finding {
  return { about, level: "wrong", what, todo };
}

/** The SPF records among a name's texts (RFC 7208 §4.5). */
export function spfOf(texts: readonly string[]): string[] {
  return texts.filter((text) => /^v=spf1( |$)/i.test(text));
}

/** Domains whose records an SPF record takes in. */
export function spfIncludes(record: string): string[] {
  return [...record.matchAll(/(?:^|\s)[+?~-]?(?:include:|redirect=)(\S+)/gi)].map(([, domain]) => domain!);
}

/** Of terms that ask the DNS, a receiver follows ten (RFC 7208 §4.6.4). */
const MOST_LOOKUPS = 10;

export function judgeSpf(domain: string, texts: readonly string[]): Finding {
  const records = spfOf(texts);
  const example = `TXT on ${domain}: v=spf1 include:YOUR-PROVIDER -all`;
  const [record] = records;
  if (record === undefined)
    return wrong("spf", `${domain} has no SPF record`, `publish one, like ${example}`);
  if (records.length > 1)
    return wrong("spf", `${domain} has ${records.length} SPF records: receivers take none`, "make them one");
  const terms = record.trim().split(/\s+/).slice(1);
  const all = terms.find((term) => /^[+?~-]?all$/i.test(term))?.toLowerCase();
  if (all === "all" || all === "+all")
    return wrong("spf", `${domain} lets everybody send (${all})`, "end it with ~all or -all");
  if (terms.every((term) => term.toLowerCase() === all || /^exp=/i.test(term)))
    return wrong(
      "spf",
      `${domain} lets nobody send: ${record}`,
      "name your servers, like include:YOUR-PROVIDER",
    );
  const lookups = terms.filter((term) =>
    /^[+?~-]?(include:|a([:/]|$)|mx([:/]|$)|ptr|exists:|redirect=)/i.test(term),
  ).length;
  if (lookups > MOST_LOOKUPS)
    return wrong("spf", `${domain} asks for ${lookups} lookups, and receivers stop at 10`, "shorten it");
  if (all === "?all" || (all === undefined && !terms.some((term) => /^redirect=/i.test(term))))
    return warning("spf", `${domain} says nothing of other servers: ${record}`, "end it with ~all or -all");
  return ok("spf", `${domain}: ${record}`);
}

/** @param key the public key that the private one belongs to: SPKI in base64. */
export function judgeDkim(name: string, texts: readonly string[], key: string): Finding {
  const publish = `publish TXT on ${name}: v=DKIM1; k=rsa; p=${key}`;
  const record = texts.map(tagsOf).find((tags) => tags.has("p"));
  if (!record) return wrong("dkim", `${name} has no key`, publish);
  const published = record.get("p")!.replaceAll(/\s/g, "");
  if (published === "") return wrong("dkim", `the key of ${name} is revoked`, publish);
  if (published !== key) return wrong("dkim", `${name} is not the key of mail.dkim.key_file`, publish);
  if ((record.get("t") ?? "").includes("y"))
    return warning("dkim", `${name} is marked as a test (t=y): receivers may ignore it`, "take t=y out");
  return ok("dkim", `${name} is the key of mail.dkim.key_file`);
}

/** Whose names have to belong together: that in From, that of the signature (null: unsigned), that of the return path. */
export interface Domains {
  readonly from: string;
  readonly dkim: string | null;
  readonly path: string;
}

/** @param found the record nearest to the From domain, and where it is; null: there is none (RFC 7489 §6.6.3). */
export function judgeDmarc(found: { name: string; record: string } | null, domains: Domains): Finding {
  if (!found) {
    const name = `_dmarc.${domains.from}`;
    const todo = `publish TXT on ${name}: v=DMARC1; p=none; rua=mailto:YOU@${domains.from}`;
    return wrong("dmarc", `${name} has no DMARC record: large providers refuse bulk mail without`, todo);
  }
  const tags = tagsOf(found.record);
  const policy = tags.get("p")?.toLowerCase() ?? "";
  if (!["none", "quarantine", "reject"].includes(policy))
    return wrong(
      "dmarc",
      `${found.name} has no policy: ${found.record}`,
      "say p=none, p=quarantine or p=reject",
    );
  const signed = domains.dkim !== null && aligned(domains.from, domains.dkim, tags.get("adkim"));
  const path = aligned(domains.from, domains.path, tags.get("aspf"));
  if (signed) return ok("dmarc", `${found.name}: p=${policy}; the signature's domain is the From domain's`);
  if (path) {
    const what = `${found.name}: p=${policy}; only the return path belongs to ${domains.from}, which a forwarded mail loses`;
    return warning("dmarc", what, `sign as ${domains.from}: mail.dkim.domain`);
  }
  const what = `neither the signature (${domains.dkim ?? "none"}) nor the return path (${domains.path}) belongs to ${domains.from}`;
  const todo = `set mail.dkim.domain or mail.bounces.domain to ${domains.from} or below it`;
  return policy === "none" ? warning("dmarc", what, todo) : wrong("dmarc", what, todo);
}

/** Relaxed, as is the default: one lies within the other. Without a list of public suffixes siblings can't be told. */
function aligned(from: string, other: string, mode: string | undefined): boolean {
  if (from === other) return true;
  return mode?.toLowerCase() !== "s" && (from.endsWith(`.${other}`) || other.endsWith(`.${from}`));
}

/** `a=b; c=d` (RFC 6376 §3.2). */
function tagsOf(text: string): Map<string, string> {
  const pairs = text.split(";").map((pair) => pair.split(/=(.*)/s));
  return new Map(pairs.map(([name, value]) => [name!.trim().toLowerCase(), (value ?? "").trim()]));
}
