import { userInfo } from "node:os";

/** Who runs this, as the system knows them. */
export function osUser(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container a user may have a number alone.
    return String(process.getuid?.() ?? "unknown");
  }
}
