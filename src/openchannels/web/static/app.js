"use strict";

// Every page works without this file; it only saves the person a click.
(() => {
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Someone who came back by the browser's own button wants to stay here.
  const navigation = performance.getEntriesByType("navigation")[0];
  const cameBack = navigation !== undefined && navigation.type === "back_forward";

  // Safari draws nothing after a broken picture, so it has to go altogether.
  function drop() {
    all(".avatar img").forEach((picture) => {
      if (picture.complete && picture.currentSrc && !picture.naturalWidth) picture.remove();
      else picture.addEventListener("error", () => picture.remove());
    });
  }

  // The browser delivers only to an opener of one of these origins, which are those of the API key.
  function report() {
    const outcome = find("[data-outcome]");
    if (!outcome || !window.opener) return;
    const message = JSON.parse(outcome.dataset.outcome);
    outcome.dataset.origins.split(" ").forEach((origin) => {
      try {
        window.opener.postMessage(message, origin);
      } catch {
        // This browser does not take the text for an origin.
      }
    });
  }

  function leave() {
    const form = find("form[data-leave]");
    const link = find("a[data-leave]");
    const delay = Number((form || link || { dataset: {} }).dataset.leave);
    if (cameBack || !delay) return;
    let left = false;
    if (form) form.addEventListener("submit", () => { left = true; });
    setTimeout(() => {
      if (left) return;
      // A field named "submit" would hide the form's own method.
      if (form) HTMLFormElement.prototype.submit.call(form);
      else if (/^(https?|snssdk\d+):$/.test(link.protocol)) location.replace(link.href);
    }, delay);
  }

  function close() {
    const note = find("[data-close]");
    if (note && !cameBack) setTimeout(() => window.close(), Number(note.dataset.close));
  }

  function choose() {
    const form = find("form[data-choice]");
    if (!form) return;
    const rows = all("[data-candidate]", form);
    const boxes = rows.map((row) => find("input", row));
    const counter = find("[data-counter]", form);
    const every = find("[data-all]", form);
    const filter = find("[data-filter]", form);
    const none = find("[data-no-match]", form);
    const submit = find("[type=submit]", form);
    const shown = () => boxes.filter((box, index) => !rows[index].hidden);

    function count() {
      const ticked = boxes.filter((box) => box.checked).length;
      counter.textContent = counter.dataset.counter
        .replace("{count}", String(ticked))
        .replace("{total}", String(boxes.length));
      submit.disabled = ticked === 0;
      const visible = shown();
      const visibleTicked = visible.filter((box) => box.checked).length;
      every.checked = visible.length > 0 && visibleTicked === visible.length;
      every.indeterminate = visibleTicked > 0 && !every.checked;
    }

    function narrow() {
      const wanted = filter.value.trim().toLowerCase();
      rows.forEach((row) => { row.hidden = !row.textContent.toLowerCase().includes(wanted); });
      none.hidden = shown().length > 0;
      count();
    }

    counter.hidden = false;
    every.closest("[hidden]")?.removeAttribute("hidden");
    every.addEventListener("change", () => {
      shown().forEach((box) => { box.checked = every.checked; });
      count();
    });
    boxes.forEach((box) => box.addEventListener("change", count));
    if (filter) {
      filter.closest("[hidden]")?.removeAttribute("hidden");
      filter.addEventListener("input", narrow);
      filter.addEventListener("keydown", (event) => {
        if (event.key === "Enter") event.preventDefault();
      });
    }
    form.addEventListener("submit", () => { submit.disabled = true; });
    addEventListener("pageshow", count);
    count();
  }

  function copy() {
    if (!navigator.clipboard) return;
    all("[data-copy]").forEach((button) => {
      const label = button.textContent;
      const source = find("code", button.parentElement);
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(source.textContent);
        button.textContent = button.dataset.copy;
        setTimeout(() => { button.textContent = label; }, 1500);
      });
    });
  }

  drop();
  report();
  leave();
  close();
  choose();
  copy();
})();
