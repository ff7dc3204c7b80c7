/** A `globalSetup` of vitest: one service for all tests, which `inject("openchannels")` gives. */
import type { TestProject } from "vitest/node";
import { type SandboxService, startSandbox } from "./service.js";

declare module "vitest" {
  export interface ProvidedContext {
    openchannels: Omit<SandboxService, "stop">;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { stop, ...service } = await startSandbox();
  project.provide("openchannels", service);
  return stop;
}
