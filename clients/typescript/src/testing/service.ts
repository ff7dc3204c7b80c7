import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** A service with its sandbox, for as long as tests run. */
export interface SandboxService {
  url: string;
  apiKey: string;
  /** Where the sandbox takes control calls, such as faults. */
  sandboxUrl: string;
  /** Ends the service and deletes its data. */
  stop(): Promise<void>;
}

export interface SandboxOptions {
  /** Words of the command; those of OPENCHANNELS_COMMAND, or `openchannels`, if absent. */
  command?: string[];
  /** Settings of the service by their environment names, such as OPENCHANNELS_SERVER__LOG_LEVEL. */
  settings?: Record<string, string>;
}

const LAST_LINES = 20;

/** Starts a service on a free port, with an empty store in a temporary directory. */
export async function startSandbox(options: SandboxOptions = {}): Promise<SandboxService> {
  const command = options.command ?? commandFromEnv();
  const env = { ...foreignVariables(), ...options.settings };
  const dataDir = await mkdtemp(join(tmpdir(), "openchannels-"));
  const server = run(command, ["serve", "--sandbox", "--port", "0", "--data-dir", dataDir], env);
  const kill = () => server.kill("SIGKILL");
  process.once("exit", kill);
  const stop = async () => {
    process.off("exit", kill);
    if (server.exitCode === null && server.kill("SIGTERM")) await once(server, "exit");
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const url = await announcedUrl(server, command);
    const apiKey = await makeKey(command, dataDir, env);
    return { url, apiKey, sandboxUrl: `${url}/sandbox`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function commandFromEnv(): string[] {
  return (process.env["OPENCHANNELS_COMMAND"] ?? "openchannels").trim().split(/\s+/);
}

/** The environment without settings of ours, which are those of another service. */
function foreignVariables(): NodeJS.ProcessEnv {
  const foreign = ([name]: [string, unknown]) => !name.startsWith("OPENCHANNELS_");
  return Object.fromEntries(Object.entries(process.env).filter(foreign));
}

function run(command: string[], words: string[], env: NodeJS.ProcessEnv): ChildProcess {
  const [program = "", ...first] = command;
  return spawn(program, [...first, ...words, "--json"], { env, stdio: ["ignore", "pipe", "pipe"] });
}

/** The address that the server prints once it answers. */
async function announcedUrl(server: ChildProcess, command: string[]): Promise<string> {
  const log: string[] = [];
  createInterface({ input: server.stderr! }).on("line", (line) => {
    log.push(line);
    if (log.length > LAST_LINES) log.shift();
  });
  const output = createInterface({ input: server.stdout! });
  const failed = new Promise<never>((_, reject) => {
    server.once("error", (error) => reject(new Error(`${command.join(" ")}: ${error.message}`)));
    server.once("close", () => reject(new Error(`the service ended:\n${log.join("\n")}`)));
  });
  const [line] = await Promise.race([once(output, "line"), failed]);
  failed.catch(() => undefined);
  return JSON.parse(line).url;
}

async function makeKey(
  command: string[],
  dataDir: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const [program = "", ...first] = command;
  const words = ["keys", "create", "--user", "tests", "--data-dir", dataDir, "--json"];
  const { stdout } = await promisify(execFile)(program, [...first, ...words], { env });
  return JSON.parse(stdout).key;
}
