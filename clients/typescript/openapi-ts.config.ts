import { defineConfig } from "@hey-api/openapi-ts";

/** `AuthController_startAuth_v2` of the document is `authStartAuth` here. */
function operationName(id: string): string {
  return id
    .replace(/(Http)?Controller/, "")
    .replace(/V2$/, "")
    .replace(/_v2$/, "");
}

export default defineConfig({
  input: "./build/openapi.json",
  output: { path: "src/generated", importFileExtension: ".js" },
  plugins: [
    { name: "@hey-api/client-fetch", bundle: true },
    "@hey-api/typescript",
    { name: "@hey-api/sdk", operations: { strategy: "flat", methodName: operationName } },
  ],
});
