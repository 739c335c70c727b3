import { isIP } from "node:net";
import type { Environment } from "../config/environment.io.ts";
import { InputError } from "../config/problems.ts";
import type { MailSettings } from "../config/settings.ts";
import { publicKeyOf } from "../email/dkim-key.io.ts";
import type { Names } from "../email/names.io.ts";
import { judgeDkim, judgeDmarc, judgeSpf, ok, spfIncludes, spfOf, warning, wrong } from "../email/records.ts";
import type { Finding } from "../email/records.ts";
import { SECOND } from "../instant.ts";
import { domainOf } from "../leads/address.ts";
import { openSmtp } from "../sending/smtp.io.ts";
import { parseSmtpUrl } from "../sending/smtp-url.ts";

/** The DNS records that receivers look for. */
export async function mailRecords(mail: MailSettings, configDir: string, names: Names): Promise<Finding[]> {
  const from = domainOf(mail.from.address).toLowerCase();
  const path = mail.bounces.domain?.toLowerCase() ?? from;
  const dkim = mail.dkim?.domain.toLowerCase() ?? null;
  const found = await Promise.all([
    asked("spf", () => spf(path, names)),
    asked("dkim", () => dkimKey(mail, configDir, names)),
    asked("dmarc", async () => [judgeDmarc(await dmarcOf(from, names), { from, dkim, path })]),
    ...[...new Set([path, from])].map((domain) => asked("mx", () => takesMail(domain, names))),
  ]);
  return found.flat();
}

/** A name server that doesn't answer is no verdict on the record. */
async function asked(about: string, ask: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof InputError)
      return [wrong(about, error.message, "make the key, or correct the path")];
    const code = String((error as { code?: unknown }).code ?? error);
    return [
      warning(
        about,
        `could not be checked: no name server answered (${code})`,
        "try again, or name one by --dns",
      ),
    ];
  }
}

async function spf(domain: string, names: Names): Promise<Finding[]> {
  const texts = await names.texts(domain);
  const verdict = judgeSpf(domain, texts);
  const missing: Finding[] = [];
  for (const included of spfOf(texts).flatMap(spfIncludes)) {
    // A macro (RFC 7208 §7) is different for each mail.
    if (included.includes("%") || spfOf(await names.texts(included)).length > 0) continue;
    missing.push(
      wrong("spf", `${domain} takes in ${included}, which has no SPF record`, "correct or remove it"),
    );
  }
  return missing.length > 0 && verdict.level === "ok" ? missing : [verdict, ...missing];
}

async function dkimKey(mail: MailSettings, configDir: string, names: Names): Promise<Finding[]> {
  if (!mail.dkim)
    return [
      warning("dkim", "mail is not signed by Kindling", "set mail.dkim, unless your mail server signs"),
    ];
  const key = publicKeyOf(mail.dkim, configDir);
  const name = `${mail.dkim.selector}._domainkey.${mail.dkim.domain}`;
  return [judgeDkim(name, await names.texts(name), key)];
}

async function dmarcOf(from: string, names: Names): Promise<{ name: string; record: string } | null> {
  const labels = from.split(".");
  for (let first = 0; first < Math.max(1, labels.length - 1); first++) {
    const name = `_dmarc.${labels.slice(first).join(".")}`;
    const record = (await names.texts(name)).find((text) => /^v=DMARC1\s*(;|$)/i.test(text));
    if (record !== undefined) return { name, record };
  }
  return null;
}

async function takesMail(domain: string, names: Names): Promise<Finding[]> {
  const servers = await names.mailServers(domain);
  if (servers.some((server) => server !== "" && server !== "."))
    return [ok("mx", `mail to ${domain} goes to ${servers.join(", ")}`)];
  if (servers.length === 0 && (await names.addresses(domain)).length > 0)
    return [ok("mx", `mail to ${domain} goes to its own address (no MX)`)];
  const todo = `publish an MX record for ${domain}`;
  return [wrong("mx", `nothing takes mail to ${domain}: bounces and replies are lost`, todo)];
}

/** Connects and logs in; no mail is sent. */
export async function smtpLogin({ smtpUrl }: Environment, names: Names): Promise<Finding[]> {
  if (smtpUrl === null)
    return [warning("smtp", "no SMTP_URL: mail is captured and sent nowhere", "set SMTP_URL to send")];
  let server;
  try {
    server = parseSmtpUrl(smtpUrl);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return [wrong("smtp", error.message, "correct SMTP_URL")];
  }
  const limits = { connectionTimeout: 5 * SECOND, greetingTimeout: 5 * SECOND, socketTimeout: 10 * SECOND };
  const smtp = openSmtp(smtpUrl, limits);
  const trouble = await smtp.verify();
  await smtp.close();
  const place = `${server.host}:${server.port}`;
  const here = isHere(server.host);
  const login = server.auth ? "connects and logs in" : "connects (no login)";
  const line = server.secure
    ? "TLS"
    : server.requireTls
      ? "STARTTLS"
      : server.ignoreTls
        ? "open"
        : "STARTTLS if offered";
  const found = [
    trouble === null
      ? ok("smtp", `${place} ${login}; ${line}`)
      : wrong("smtp", trouble, "correct SMTP_URL, or what stands between (a firewall, a closed port)"),
  ];
  if (!here && server.ignoreTls)
    found.push(
      wrong("smtp", "mail and password go over an open line (ignoreTLS)", "take ignoreTLS out of SMTP_URL"),
    );
  if (!here && !server.rejectUnauthorized)
    found.push(warning("smtp", "the server's certificate is not checked", "take tls.rejectUnauthorized out"));
  return [...found, ...(here ? [] : await asked("reverse dns", () => reverse(server.host, names)))];
}

async function reverse(host: string, names: Names): Promise<Finding[]> {
  const about = "reverse dns";
  const addresses = isIP(host) ? [host] : await names.addresses(host);
  const [address] = addresses;
  if (address === undefined)
    return [warning(about, `could not be checked: the DNS has no address of ${host}`, "look at SMTP_URL")];
  for (const name of await names.namesOf(address)) {
    if ((await names.addresses(name)).includes(address))
      return [ok(about, `${address} is ${name}, and back`)];
  }
  const todo = "if it is this server that talks to the world, have its provider set a PTR that leads back";
  return [warning(about, `${address} (${host}) has no name that leads back to it`, todo)];
}

/** Where every link in a mail leads. */
export async function baseUrl({ baseUrl: base, smtpUrl }: Environment): Promise<Finding[]> {
  const about = "base url";
  const { protocol, hostname } = new URL(base);
  const sends = smtpUrl !== null;
  const found: Finding[] = [];
  if (isHere(hostname)) {
    const what = `${base} is this machine alone`;
    const todo = "set BASE_URL to the address by which readers reach Kindling";
    found.push(
      sends
        ? wrong(about, `${what}: no link in a mail works`, todo)
        : warning(about, what, `to send, ${todo}`),
    );
  } else if (protocol !== "https:") {
    found.push(
      wrong(
        about,
        `${base} is not https: one-click unsubscribe needs it (RFC 8058)`,
        "set BASE_URL to https://…",
      ),
    );
  }
  try {
    const answer = await fetch(`${base}/healthz`, {
      signal: AbortSignal.timeout(5 * SECOND),
      redirect: "manual",
    });
    await answer.body?.cancel();
    if (answer.ok) found.push(ok(about, `${base}/healthz answers`));
    else
      found.push(
        wrong(
          about,
          `${base}/healthz answers ${answer.status}`,
          "look at the proxy: it must pass all paths on",
        ),
      );
  } catch (error) {
    const cause = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).name;
    const what = `${base}/healthz can't be reached from here (${cause})`;
    found.push(warning(about, what, "start the server; then look at the DNS, the certificate and the proxy"));
  }
  return found;
}

/** Whether a host, also as it stands in a URL, is this machine alone. */
export function isHere(host: string): boolean {
  return /^(localhost|127\..*|\[?::1\]?)$/.test(host);
}
