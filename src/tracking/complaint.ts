/** Reports that no reader's wish stands behind: someone is no spammer after all (RFC 6430); a check failed (RFC 6591). */
const NO_COMPLAINT: ReadonlySet<string> = new Set(["not-spam", "auth-failure", "dmarc"]);

/** Whether a feedback report of this type (RFC 5965; lower case) says that its reader wants no such mail. */
export function isComplaint(feedbackType: string): boolean {
  return !NO_COMPLAINT.has(feedbackType);
}
