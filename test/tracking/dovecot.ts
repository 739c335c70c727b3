import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { utimesSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { parseInstant, type Instant } from "../../src/instant.ts";
import { certificate } from "./providers/certificate.ts";
import { freePort } from "../free-port.ts";

const BINARY =
  ["/usr/sbin/dovecot", "/usr/local/sbin/dovecot"].find(
    (path) => spawnSync(path, ["-n"]).error === undefined,
  ) ?? null;

/** Whether this machine has an IMAP server; where not, it says so aloud. Debian has it in `dovecot-imapd`. */
export function hasDovecot(): boolean {
  if (BINARY === null) console.warn("No dovecot on this machine, so the suites of the mailbox are SKIPPED");
  return BINARY !== null;
}

export type Dovecot = Awaited<ReturnType<typeof startDovecot>>;

/** A real Dovecot on loopback, in a folder of its own. Whoever logs in with the password `secret` has a mailbox. */
export async function startDovecot() {
  const folder = mkdtempSync(join(tmpdir(), "kindling-imap-"));
  // Dovecot reads no mail as root.
  const me = userInfo();
  const group = execFileSync("id", ["-gn"], { encoding: "utf8" }).trim();
  const [uid, gid] = me.uid === 0 ? [65_534, 65_534] : [me.uid, me.gid];
  const own = (path: string, mode: number) => {
    chmodSync(path, mode);
    chownSync(path, uid, gid);
  };
  chmodSync(folder, 0o755);
  const [port, tlsPort] = [await freePort(), await freePort()];
  const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = certificate(keys, parseInstant("2020-01-01T00:00:00Z")!, parseInstant("2049-01-01T00:00:00Z")!);
  writeFileSync(join(folder, "cert.pem"), pem);
  writeFileSync(join(folder, "key.pem"), keys.privateKey.export({ type: "pkcs8", format: "pem" }), {
    mode: 0o600,
  });
  mkdirSync(join(folder, "mail"));
  own(join(folder, "mail"), 0o755);
  writeFileSync(
    join(folder, "dovecot.conf"),
    config(folder, { port, tlsPort, uid, gid, user: me.username, group }),
  );
  let child = run(folder);
  await answering(child, port);
  let nth = 0;
  return {
    url: (user: string, more = "/INBOX") => `imap://${user}:secret@127.0.0.1:${port}${more}`,
    tlsUrl: (user: string, more = "") => `imaps://${user}:secret@127.0.0.1:${tlsPort}/INBOX${more}`,
    /** Puts a mail into the mailbox as a delivery does; the path of its file. */
    deliver(user: string, mail: string, at: Instant): string {
      const box = join(folder, "mail", user);
      for (const part of ["", "tmp", "new", "cur"]) {
        mkdirSync(join(box, part), { recursive: true });
        own(join(box, part), 0o700);
      }
      const name = `${1_700_000_000 + nth}.M${nth++}P1.test`;
      writeFileSync(join(box, "tmp", name), mail.replaceAll("\n", "\r\n"));
      own(join(box, "tmp", name), 0o600);
      utimesSync(join(box, "tmp", name), at / 1000, at / 1000);
      renameSync(join(box, "tmp", name), join(box, "new", name));
      return join(box, "new", name);
    },
    /** From now on the numbers of the mailbox mean other mails. */
    renumber(user: string): void {
      const box = join(folder, "mail", user);
      for (const name of readdirSync(box).filter((one) => one.startsWith("dovecot.index")))
        rmSync(join(box, name));
      const list = join(box, "dovecot-uidlist");
      const text = readFileSync(list, "utf8");
      writeFileSync(
        list,
        text.replace(/ V(\d+) /, (_, validity) => ` V${Number(validity) + 1} `),
      );
    },
    /** The flags of each mail, in order of delivery: `S` is \Seen. */
    flags(user: string): string[] {
      const found = ["new", "cur"].flatMap((part) => readdirSync(join(folder, "mail", user, part)));
      return found
        .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
        .map((name) => name.split(":2,")[1] ?? "");
    },
    async stop() {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
    async start() {
      child = run(folder);
      await answering(child, port);
    },
    async close() {
      if (child.exitCode === null && child.signalCode === null) await this.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function run(folder: string) {
  return spawn(BINARY!, ["-F", "-c", join(folder, "dovecot.conf")], { stdio: "ignore" });
}

/** Once it greets. */
async function answering(child: ChildProcess, port: number): Promise<void> {
  while (child.exitCode === null) {
    const greeted = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("data", () => socket.destroy());
      socket.once("error", () => resolve(false));
      socket.once("close", () => resolve(socket.bytesRead > 0));
    });
    if (greeted) return;
  }
  throw new Error("dovecot could not start: see its log");
}

interface Place {
  readonly port: number;
  readonly tlsPort: number;
  readonly uid: number;
  readonly gid: number;
  readonly user: string;
  readonly group: string;
}

const config = (folder: string, { port, tlsPort, uid, gid, user, group }: Place) => `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <${folder}/cert.pem
ssl_key = <${folder}/key.pem
disable_plaintext_auth = no
default_internal_user = ${user}
default_login_user = ${user === "root" ? "nobody" : user}
default_internal_group = ${group}
mail_location = maildir:${folder}/mail/%u
first_valid_uid = 1
first_valid_gid = 1
auth_failure_delay = 0
maildir_stat_dirs = yes
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${folder}/mail/%u
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = ${tlsPort}
  }
}
service anvil {
  chroot =
  # After a wrong password nobody is made to wait.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
`;
