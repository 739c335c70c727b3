import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { InputError, type Problem } from "../config/problems.ts";
import type { MailSettings } from "../config/settings.ts";
import { problemAt, readYaml } from "../config/yaml.ts";
import { openDkim, type DkimSigner } from "./mime.io.ts";

/**
 * Signs by `mail.dkim`; null where that is not set. The key is looked for from where the process runs, then beside the
 * folder `config`.
 * @throws InputError where there is no such key, or none that signs
 */
export function openSigner({ dkim }: MailSettings, configDir: string): DkimSigner | null {
  return dkim && openDkim(dkim.domain, dkim.selector, readKey(dkim.keyFile, configDir));
}

/**
 * What the DNS has to say of the key that signs: SPKI in base64.
 * @throws InputError as `openSigner`
 */
export function publicKeyOf(dkim: NonNullable<MailSettings["dkim"]>, configDir: string): string {
  const pem = readKey(dkim.keyFile, configDir);
  openDkim(dkim.domain, dkim.selector, pem);
  return createPublicKey(pem).export({ type: "spki", format: "der" }).toString("base64");
}

/** A key that isn't here may be where the programme will run, so that this is no error until then. */
export function doubtKey(mail: MailSettings, configDir: string, settingsText: string): Problem[] {
  try {
    openSigner(mail, configDir);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const message = `${error.message}; where mail is sent, \`start\` needs it`;
    const { source } = readYaml(join(configDir, "kindling.yaml"), settingsText);
    return source ? [problemAt(source, ["mail", "dkim", "key_file"], message, { severity: "warning" })] : [];
  }
}

function readKey(file: string, configDir: string): string {
  const places = [...new Set([file, join(dirname(configDir), file)].map((path) => resolve(path)))];
  let reason = "is not there";
  for (const place of places) {
    try {
      return readFileSync(place, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") reason = `can't be read (${codeOf(error)})`;
    }
  }
  throw new InputError(`mail.dkim.key_file: ${file} ${reason}; looked for ${places.join(" and ")}`);
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code);
}
