import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["src/testing/vitest.ts"],
    include: ["tests/**/*.test.ts"],
    // More than there are cores: the tests wait for processes that they start.
    maxWorkers: 4,
    // Others may use the machine too: tests wait for conditions, never for a time.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
