import { Option, type Command } from "commander";
import { readEnvironment } from "../config/environment.io.ts";
import { ROLES, serve, type ServerRole } from "../serve.ts";

interface Options {
  readonly config: string;
  readonly templates: string;
  readonly role: ServerRole;
}

export function startCommand(program: Command): void {
  program
    .command("start")
    .description("serve tracking, API and dashboard, and run the jobs")
    .option("--config <dir>", "the folder of kindling.yaml", "config")
    .option("--templates <dir>", "the folder of the templates", "templates")
    .addOption(
      new Option("--role <role>", "web and worker apart need PostgreSQL").choices(ROLES).default("all"),
    )
    .action((options: Options) => serve({ ...options, environment: readEnvironment() }));
}
