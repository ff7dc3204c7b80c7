/** What orval's users write: a client on `fetch`, whose address is known when it runs. */
export default {
  channels: {
    input: { target: process.env.DOCUMENT },
    output: {
      target: `${process.env.OUTPUT}/generated.ts`,
      client: "fetch",
      mode: "single",
      baseUrl: { runtime: "process.env.OPENCHANNELS_URL" },
    },
  },
};
