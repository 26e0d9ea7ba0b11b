"use strict";
// Everything is there without this script: it finds messages, opens what a link leads to, and opens the first 20 for printing.
(() => {
  const box = document.getElementById("search-box");
  const input = document.getElementById("search");
  const found = document.getElementById("found");
  const messages = Array.from(document.querySelectorAll("details.message"), (element) => ({ element, text: null }));

  const search = () => {
    const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const message of messages) {
      message.text ??= message.element.textContent.toLowerCase();
      const shown = wanted.every((word) => message.text.includes(word));
      message.element.hidden = !shown;
      count += shown;
    }
    found.textContent = wanted.length ? `${count} of ${messages.length} messages` : "";
  };

  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let each = target; each; each = each.parentElement) {
      if (each.localName === "details") each.open = true;
    }
    if (target.hidden) {
      input.value = "";
      search();
    }
    target.scrollIntoView();
    target.querySelector(":scope > summary")?.focus({ preventScroll: true });
  };

  if (box) {
    box.hidden = false;
    input.addEventListener("input", search);
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, textarea, select");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        input.focus();
      } else if (event.key === "Escape" && event.target === input) {
        input.value = "";
        search();
      }
    });
    for (const link of document.querySelectorAll("a[data-search]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        input.value = link.dataset.search;
        search();
        box.scrollIntoView();
        input.focus({ preventScroll: true });
      });
    }
  }
  window.addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#']:not([data-search])");
    if (link && link.hash === location.hash) reveal();
  });
  reveal();

  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = Array.from(document.querySelectorAll("details.message:nth-of-type(-n+20):not([open])"));
    for (const each of closed) each.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const each of closed) each.open = false;
    closed = [];
  });
})();
