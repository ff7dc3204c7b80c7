/** Generates the clients of a document, as the users of three generators do. */
import { execFile } from "node:child_process";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const HERE = import.meta.dirname;
const BIN = resolve("node_modules/.bin");

export const GENERATORS = ["openapi-ts", "openapi-fetch", "orval"] as const;
export type Generator = (typeof GENERATORS)[number];

const COMMANDS: Record<Generator, (document: string, folder: string) => string[]> = {
  "openapi-ts": (document, folder) => [
    "openapi-ts",
    "-i",
    document,
    "-o",
    join(folder, "generated"),
  ],
  "openapi-fetch": (document, folder) => [
    "openapi-typescript",
    document,
    "-o",
    join(folder, "generated.d.ts"),
  ],
  orval: () => ["orval", "--config", join(HERE, "orval.config.mjs")],
};

/** The flow's file, beside the code that a generator has written for it. */
export async function generate(name: Generator, document: string, parent: string): Promise<string> {
  const folder = join(parent, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const [program = "", ...words] = COMMANDS[name](document, folder);
  const env = { ...process.env, DOCUMENT: document, OUTPUT: folder };
  // In the folder, where no generator finds the settings of this package.
  await run(join(BIN, program), words, { env, cwd: folder });
  const flow = join(folder, "flow.ts");
  await copyFile(join(HERE, "flows", `${name}.ts`), flow);
  return flow;
}

/** Checks the types of all flows; throws what the compiler prints. */
export async function checkTypes(parent: string): Promise<void> {
  const compilerOptions = {
    target: "es2023",
    lib: ["es2024", "dom", "dom.iterable"],
    module: "esnext",
    moduleResolution: "bundler",
    types: ["node"],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  };
  const project = join(parent, "tsconfig.json");
  await writeFile(project, JSON.stringify({ compilerOptions, include: ["*/flow.ts"] }));
  await run(join(BIN, "tsc"), ["-p", project]).catch((error) => {
    throw new Error(error.stdout);
  });
}
