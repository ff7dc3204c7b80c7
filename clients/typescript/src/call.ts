/** Calls any generated operation, and returns the `data` of its envelope. */

// biome-ignore lint/suspicious/noExplicitAny: only the operations' own types are read from it.
export type Operation = (options: any) => Promise<{ data?: unknown }>;

/** The parts of a request: `path`, `query` and `body` as the operation has them. */
export type CallOptions<O extends Operation> = Pick<
  NonNullable<Parameters<O>[0]>,
  Extract<keyof NonNullable<Parameters<O>[0]>, "path" | "query" | "body" | "headers" | "signal">
>;

/** What an operation answers if it succeeds. */
export type DataOf<O extends Operation> =
  Extract<NonNullable<Awaited<ReturnType<O>>["data"]>, { code: 0 }> extends { data: infer Data }
    ? Data
    : never;

export type Call = <O extends Operation>(
  operation: O,
  ...options: Record<never, never> extends CallOptions<O> ? [CallOptions<O>?] : [CallOptions<O>]
) => Promise<DataOf<O>>;
