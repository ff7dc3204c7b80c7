/** The package as a stranger installs it, and the README's programs in a project that uses it. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { approve } from "../src/testing/index.js";
import { apiKey, url } from "./harness/service.js";

const run = promisify(execFile);
const PROJECT = resolve("build/project");
const BIN = resolve("node_modules/.bin");
const BLOCK = /```ts ?(\S*)\n(.*?)```/gs;

const blocks = [...(await readFile("README.md", "utf8")).matchAll(BLOCK)].map(
  ([, name, code], index) => ({ name: name || `example-${index + 1}.ts`, code: code! }),
);
const HOWTO = await readFile("../../docs/howto/testing-with-the-sandbox.md", "utf8");
for (const [, , code] of HOWTO.matchAll(BLOCK)) {
  if (code!.includes("test(")) blocks.push({ name: "howto.test.ts", code: code! });
}
const programs = blocks.filter(({ code }) => code.includes("Client.fromEnv()"));

/** The lines that a program prints. An address of the service that it shows is opened, and approved. */
async function printed(program: string): Promise<string[]> {
  const env = { ...process.env, OPENCHANNELS_URL: url, OPENCHANNELS_API_KEY: apiKey };
  const child = spawn(process.execPath, [program], { cwd: PROJECT, env });
  const lines: string[] = [];
  const approvals: Promise<string>[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    if (line.startsWith(url)) approvals.push(approve(line, { person: "mara" }));
  });
  createInterface({ input: child.stderr }).on("line", (line) => lines.push(line));
  const [exitCode] = await once(child, "close");
  await Promise.all(approvals);
  if (exitCode !== 0) throw new Error(lines.join("\n"));
  return lines;
}

beforeAll(async () => {
  const installed = join(PROJECT, "node_modules/@openchannels/client");
  await rm(PROJECT, { recursive: true, force: true });
  await mkdir(installed, { recursive: true });
  const npm = process.env["npm_execpath"];
  const pack = ["pack", "--silent", "--pack-destination", PROJECT];
  await (npm ? run(process.execPath, [npm, ...pack]) : run("npm", pack));
  const [archive] = (await readdir(PROJECT)).filter((name) => name.endsWith(".tgz"));
  await run("tar", ["-xzf", join(PROJECT, archive!), "-C", installed, "--strip-components=1"]);
  await writeFile(join(PROJECT, "package.json"), '{"type": "module"}');
  for (const { name, code } of blocks) await writeFile(join(PROJECT, name), code);
});

test("the package holds what it needs, and nothing of the repository", async () => {
  const installed = join(PROJECT, "node_modules/@openchannels/client");
  expect((await readdir(installed)).sort()).toEqual(["README.md", "dist", "package.json"]);
  const { dependencies } = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
  expect(Object.keys(dependencies)).toEqual(["standardwebhooks"]);
});

test("the examples have the types that they say", async () => {
  const words = "--noEmit --strict --skipLibCheck --target es2023 --module nodenext --types node";
  const files = blocks.map(({ name }) => name);
  const checked = run(join(BIN, "tsc"), [...words.split(" "), ...files], { cwd: PROJECT });
  await checked.catch((error) => expect.fail(error.stdout));
});

test.each([
  { index: 0, lines: 200, like: /^(http:|\d{4}-\d\d-\d\dT|undefined )/ },
  { index: 1, lines: 2, like: /^http:|'facebook_/ },
  { index: 2, lines: 100, like: /./ },
  { index: 3, lines: 1, like: /^12600 Account not found$/ },
  { index: 4, lines: 1, like: /'completed'/ },
])("example $index runs", async ({ index, lines, like }) => {
  const found = await printed(programs[index]!.name);
  expect(found.length).toBeGreaterThanOrEqual(lines);
  expect(found.filter((line) => like.test(line)).length).toBeGreaterThanOrEqual(lines);
});

test("every program of the README is run", () => {
  expect(programs).toHaveLength(5);
});

test("the tests of a user run", async () => {
  const { stdout } = await run(join(BIN, "vitest"), ["run", "--root", PROJECT], { cwd: PROJECT });
  expect(stdout).toContain("2 passed");
});
