import { open } from "node:fs/promises";

const LONGEST = 1024 * 1024;

/** The first megabyte of a file. */
export async function readStart(file: string): Promise<Uint8Array> {
  const handle = await open(file, "r");
  try {
    const buffer = Buffer.alloc(LONGEST);
    let length = 0;
    while (length < LONGEST) {
      const { bytesRead } = await handle.read(buffer, length, LONGEST - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } finally {
    await handle.close();
  }
}
