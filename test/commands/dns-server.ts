import { createSocket } from "node:dgram";

const TYPES: Readonly<Record<number, string>> = { 1: "A", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA" };

/** A name server on loopback: `TXT acme.example` → what it answers; anything else it says there is nothing of. */
export async function openNameServer(records: Readonly<Record<string, readonly string[]>>) {
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => socket.send(answer(query, records), from.port, from.address));
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    close: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  };
}

/** RFC 1035 §4.1. */
function answer(query: Buffer, records: Readonly<Record<string, readonly string[]>>): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (; query[at] !== 0; at += query[at]! + 1)
    labels.push(query.toString("latin1", at + 1, at + 1 + query[at]!));
  const question = query.subarray(12, at + 5);
  const type = query.readUInt16BE(at + 1);
  const found = records[`${TYPES[type]} ${labels.join(".")}`] ?? [];
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x8180, 2);
  for (const [offset, count] of [
    [4, 1],
    [6, found.length],
    [8, 0],
    [10, 0],
  ] as const)
    head.writeUInt16BE(count, offset);
  const answers = found.map((text) => {
    const data = dataOf(TYPES[type]!, text);
    const fixed = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, data.length >> 8, data.length & 255]);
    return Buffer.concat([fixed, data]);
  });
  return Buffer.concat([head, question, ...answers]);
}

function dataOf(type: string, text: string): Buffer {
  if (type === "A") return Buffer.from(text.split(".").map(Number));
  if (type === "AAAA") return ipv6(text);
  if (type === "MX") return Buffer.concat([Buffer.from([0, 10]), nameOf(text)]);
  if (type === "PTR") return nameOf(text);
  const pieces = text.match(/.{1,200}/g)!;
  return Buffer.concat(
    pieces.map((piece) => Buffer.concat([Buffer.from([piece.length]), Buffer.from(piece)])),
  );
}

function ipv6(text: string): Buffer {
  const [head, tail = ""] = text.split("::");
  const [first, last] = [head!, tail].map((part) => part.split(":").filter(Boolean));
  const groups = [...first!, ...Array<string>(8 - first!.length - last!.length).fill("0"), ...last!];
  return Buffer.from(groups.map((group) => group.padStart(4, "0")).join(""), "hex");
}

function nameOf(name: string): Buffer {
  const labels = name
    .split(".")
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}
