"use strict";

// Starts the viewer over our document. What is tried there goes to this server, with the key that
// the person enters; the key is kept in the memory of this page only.
(async () => {
  const place = document.getElementById("viewer");
  const { document: address, search } = place.dataset;

  function followColorScheme() {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const apply = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
    dark.addEventListener("change", apply);
    apply();
  }

  // What the search looks at: also the summary, unlike Swagger UI's own.
  function textOf(name, operation) {
    const described = operation.get("operation");
    return [
      name,
      operation.get("method"),
      operation.get("path"),
      described.get("summary"),
      described.get("operationId"),
    ].join(" ").toLowerCase();
  }

  function opsFilter(tags, phrase) {
    const words = phrase.toLowerCase().split(/\s+/);
    const matches = (text) => words.every((word) => text.includes(word));
    return tags
      .map((tag, name) => tag.update("operations", (operations) =>
        operations.filter((operation) => matches(textOf(name, operation)))))
      .filter((tag) => tag.get("operations").size > 0);
  }

  // The search field of Swagger UI has no name for screen readers and is half a phone wide.
  const searching = ({ React }) => ({
    fn: { opsFilter },
    components: {
      FilterContainer: ({ layoutSelectors, layoutActions }) => {
        const typed = layoutSelectors.currentFilter();
        return React.createElement("search", { className: "wrapper" }, React.createElement("input", {
          type: "search",
          placeholder: search,
          "aria-label": search,
          value: typeof typed === "string" ? typed : "",
          onChange: (event) => layoutActions.updateFilter(event.target.value),
        }));
      },
    },
  });

  // Names that are numbers come first in JavaScript, so each failure would hide the success.
  function putSuccessFirst(paths) {
    for (const { responses } of Object.values(paths).flatMap(Object.values)) {
      const media = responses["200"].content["application/json"];
      const { success, ...failures } = media.examples;
      media.examples = { success };
      for (const [code, { summary, value }] of Object.entries(failures)) {
        media.examples[`code ${code}`] = { summary: `${code}: ${summary}`, value };
      }
    }
  }

  // Swagger UI has its own words in English only. They are replaced where they are shown.
  function translate(labels) {
    const replace = (node) => {
      const label = labels[node.nodeValue.trim()];
      const place = node.parentElement;
      // Of the texts in Markdown only those in italics are the viewer's own.
      const ours = place.closest("pre, textarea, .markdown, .renderedMarkdown");
      if (label && (!ours || place.tagName === "I")) {
        node.nodeValue = node.nodeValue.replace(node.nodeValue.trim(), label);
      }
    };
    const visit = (root) => {
      if (root.nodeType === Node.TEXT_NODE) { replace(root); return; }
      const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) replace(texts.currentNode);
    };
    new MutationObserver((changes) => changes.forEach((change) => {
      if (change.type === "characterData") replace(change.target);
      else change.addedNodes.forEach(visit);
    })).observe(place, { subtree: true, childList: true, characterData: true });
  }

  followColorScheme();
  if (window.viewerLabels) translate(window.viewerLabels);
  const spec = await (await fetch(address)).json();
  putSuccessFirst(spec.paths);
  SwaggerUIBundle({
    // The document names the public address; a browser may have come by another one.
    spec: { ...spec, servers: [{ url: location.origin }] },
    domNode: place,
    plugins: [searching],
    filter: true,
    deepLinking: true,
    displayRequestDuration: true,
    showExtensions: true,
    defaultModelsExpandDepth: 0,
    persistAuthorization: false,
    queryConfigEnabled: false,
    validatorUrl: null,
  });
})();
