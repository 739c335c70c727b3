import { sign, type KeyObject } from "node:crypto";
import { formatInstant, type Instant } from "../../../src/instant.ts";

/** A self-signed X.509 certificate in PEM: Node reads them and makes none. */
export function certificate(
  keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
  from: Instant,
  until: Instant,
): string {
  const algorithm = sequence(SHA256_WITH_RSA, Buffer.from([0x05, 0x00]));
  const name = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from("sns.amazonaws.com")))));
  const body = sequence(
    der(0x02, Buffer.from([1])),
    algorithm,
    name,
    sequence(time(from), time(until)),
    name,
    keys.publicKey.export({ format: "der", type: "spki" }),
  );
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign("sha256", body, keys.privateKey)]));
  const whole = sequence(body, algorithm, signature).toString("base64");
  return `-----BEGIN CERTIFICATE-----\n${whole.replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
}

const SHA256_WITH_RSA = der(0x06, Buffer.from("2a864886f70d01010b", "hex"));
const COMMON_NAME = der(0x06, Buffer.from("550403", "hex"));

function time(at: Instant): Buffer {
  const digits = formatInstant(at).replace(/\D/g, "").slice(0, 14);
  return der(0x18, Buffer.from(`${digits}Z`));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
