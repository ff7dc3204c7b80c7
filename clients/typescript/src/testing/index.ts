export { approve, type Consent } from "./browser.js";
export { type SandboxOptions, type SandboxService, startSandbox } from "./service.js";
