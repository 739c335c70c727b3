/** Where a header would go that somebody smuggles in. */
const EVIL = "evil@attacker.example";

/** What may stand in any text that a stranger or a program can set. Each carries a mark that shows where it went. */
export const NASTY: readonly string[] = [
  `x\r\nBcc: ${EVIL}`,
  `x\rBcc: ${EVIL}`,
  `x\r\n\r\n<p>a body of their own</p>\r\n.\r\nMAIL FROM:<${EVIL}>`,
  `x\u0000\r\nBcc: ${EVIL}`,
  `x\u2028Bcc: ${EVIL}\u2029Cc: ${EVIL}`,
  `x\u0085Bcc: ${EVIL}\u000bCc: ${EVIL}\u000cX: y`,
  "a lone \ud800 half and \udc00 another",
  `=?utf-8?q?x=0D=0ABcc:_${EVIL}?=`,
  `", <${EVIL}>, "x`,
  `\u202egnp.exe\u2066 \u200b\ufeff ${EVIL}`,
  `\u001b]0;owned\u0007\u001b[2J`,
  "%0d%0aBcc:%20evil@attacker.example%00",
  "’; drop table leads; -- '\" \\",
  "w".repeat(9990),
  "é".repeat(5000),
];
