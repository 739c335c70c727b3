import { BlockList, isIP } from "node:net";
import { z } from "zod";

const FORMS = [z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()];

/** `203.0.113.0/24`, `2001:db8::/32`, or a single address. */
export function isRange(text: string): boolean {
  return FORMS.some((form) => form.safeParse(text).success);
}

const lists = new WeakMap<readonly string[], BlockList>();

/** Whether an IPv4 or IPv6 address lies in one of these ranges. */
export function isWithin(address: string | null, ranges: readonly string[]): boolean {
  if (address === null || ranges.length === 0) return false;
  const family = isIP(address);
  if (family === 0) return false;
  let list = lists.get(ranges);
  if (!list) {
    list = listOf(ranges);
    lists.set(ranges, list);
  }
  // An IPv4 address in IPv6 notation (::ffff:192.0.2.1) is found by its IPv4 range too.
  return list.check(address, family === 4 ? "ipv4" : "ipv6");
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", prefix] = range.split("/");
    const family = isIP(address) === 4 ? "ipv4" : "ipv6";
    list.addSubnet(address, prefix === undefined ? (family === "ipv4" ? 32 : 128) : Number(prefix), family);
  }
  return list;
}
