import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A disk that can be full for one program at will. */
export interface Disk {
  readonly how: string;
  /** What is written below it meets the full disk. */
  readonly folder: string;
  fill(pid: number): void;
  free(pid: number): void;
  close(): void;
}

/** In MB. */
const SIZE = 96;

/** A small one of its own where this user may mount one; else a limit to the size of the files that the program writes. */
export function smallDisk(parent: string): Disk {
  const folder = join(parent, "disk");
  mkdirSync(folder);
  return mounted(folder) ?? limited(folder);
}

function mounted(folder: string): Disk | null {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE}m`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return null;
  }
  const ballast = join(folder, "ballast");
  const unmount = () => void execFileSync("umount", ["-l", folder]);
  // Before the folder goes, however the run ends.
  process.prependOnceListener("exit", unmount);
  return {
    how: `a tmpfs of ${SIZE} MB`,
    folder,
    fill() {
      // Ever smaller, until nothing goes in.
      for (let bytes = SIZE * 2 ** 20; bytes >= 1; bytes = Math.floor(bytes / 2)) {
        try {
          for (;;) writeFileSync(ballast, Buffer.alloc(bytes), { flag: "a" });
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        }
      }
    },
    free: () => rmSync(ballast),
    close() {
      process.off("exit", unmount);
      unmount();
    },
  };
}

function limited(folder: string): Disk {
  // Lowered and raised for a program that runs; Node ignores the signal that comes with it.
  const limit = (pid: number, bytes: string) =>
    void execFileSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:unlimited`]);
  return {
    how: "RLIMIT_FSIZE",
    folder,
    fill: (pid) => limit(pid, "1"),
    free: (pid) => limit(pid, "unlimited"),
    close: () => {},
  };
}
