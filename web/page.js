"use strict";
// What the page does with headers stays in the page: nothing is put into the address, the title, the history or storage.
(() => {
  const $ = (id) => document.getElementById(id);
  const element = (name, text, properties = {}) => Object.assign(document.createElement(name), { textContent: text }, properties);
  const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

  // The worker: Python runs in it, so that the page never freezes.

  let worker = null;
  let ready = false;
  let starts = 0;
  let ids = 0;
  const calls = new Map();
  const BROWSERS = "hopscope needs Chrome or Edge 113, Firefox 115, Safari 16.4, or later, with WebAssembly allowed for this page";

  function start() {
    ready = false;
    starts += 1;
    const address = URL.createObjectURL(new Blob([$("worker").textContent], { type: "text/javascript" }));
    const payload = {};
    for (const part of document.querySelectorAll("[id^='payload-']")) payload[part.id.slice(8)] = part.textContent;
    try {
      worker = new Worker(address);
    } catch (error) {
      fail(error.message);
      return;
    }
    worker.addEventListener("message", ({ data }) => receive(data));
    worker.addEventListener("error", (event) => fail(event.message));
    worker.postMessage({ payload });
    state();
  }

  function receive(data) {
    if (data.failed) fail(data.failed);
    else if (data.ready) loaded();
    else if (data.loading !== undefined) state(data.loading);
    else if (data.progress) read(data);
    else settle(data);
  }

  function loaded() {
    ready = true;
    for (const { message } of calls.values()) worker.postMessage(message);
    state();
  }

  function settle({ id, result, error }) {
    const call = calls.get(id);
    calls.delete(id);
    state();
    if (!call) return;
    if (error) call.reject(new Error(error));
    else call.resolve(result);
  }

  function call(values) {
    return new Promise((resolve, reject) => {
      const message = { id: (ids += 1), ...values };
      calls.set(message.id, { message, resolve, reject });
      if (ready) worker.postMessage(message);
      state();
    });
  }

  function fail(reason) {
    ready = false;
    worker?.terminate();
    worker = null;
    const sentence = `hopscope could not be loaded: ${reason || "unknown error"}. ${BROWSERS}. Your text is still in the box.`;
    stop(sentence);
  }

  function stop(sentence) {
    const stopped = [...calls.values()];
    calls.clear();
    for (const { reject } of stopped) reject(null);
    state();
    say(sentence);
  }

  function cancel() {
    if (!calls.size || !worker) return;
    worker.terminate();
    start();
    stop("Canceled. hopscope is loading again.");
  }

  // What the page says while it loads or works.

  let late = 0;

  function state(part) {
    clearTimeout(late);
    const busy = calls.size > 0;
    $("result").setAttribute("aria-busy", busy);
    $("cancel").hidden = !busy || !ready;
    if (worker && !ready) {
      work(part, part === undefined ? "Loading Python." : `Loading Python: ${Math.round(part * 100)} %.`);
      $("worked").append(busy ? " Your headers are analyzed as soon as it is ready." : " You can paste headers now.");
    } else if (busy) late = setTimeout(() => work(undefined, "Reading"), 400);
    else $("work").hidden = true;
  }

  function work(part, sentence) {
    $("work").hidden = false;
    if (part === undefined || part === null) $("progress").removeAttribute("value");
    else $("progress").value = part;
    $("worked").textContent = sentence;
  }

  function read({ id, progress }) {
    if (!calls.has(id)) return;
    clearTimeout(late);
    work(progress.part, `${plural(progress.messages, "message")} read`);
  }

  function say(sentence, more = "") {
    $("status").replaceChildren(sentence, element("span", more, { className: "for-reader" }));
  }

  // The input: a text, or files, on either side of a comparison.

  const sides = { headers: [], other: [] };

  function input(name) {
    if (sides[name].length) return { files: sides[name] };
    return $(name).value.trim() ? { text: $(name).value } : null;
  }

  function take(name, files) {
    sides[name] = files;
    if (files.length) $(name).value = "";
    const names = files.slice(0, 5).map((file) => file.name).join(", ");
    $(`${name}-files`).hidden = !files.length;
    $(`${name}-files`).textContent = files.length > 1 ? `${files.length} files: ${names}${files.length > 5 ? " ..." : ""}` : names;
  }

  function put(name, text) {
    take(name, []);
    $(name).value = text;
  }

  // Results.

  let latest = 0;
  let shown = null;

  async function run(request, focus) {
    const mine = (latest += 1);
    say("");
    try {
      const result = await call(request);
      if (mine === latest) show(result, request, focus);
    } catch (error) {
      if (error && mine === latest) say(error.message);
    }
  }

  function analyze(focus) {
    const left = input("headers");
    if (left) run({ op: "analyze", left, utc: $("utc").checked }, focus);
    else {
      say("Paste headers or choose files first.");
      $("headers").focus();
    }
  }

  function compare() {
    const left = input("headers");
    const right = $("generation").value ? { generation: $("generation").value } : input("other");
    if (left && right) run({ op: "compare", left, right }, true);
    else {
      say(left ? "Paste the headers of the other message first." : "Paste headers or choose files first.");
      $(left ? "other" : "headers").focus();
    }
  }

  function show(result, request, focus) {
    shown = { result, request, starts, texts: {} };
    fill($("errors"), result.errors);
    fill($("notes"), result.notes);
    const content = result.html ? hosted(result.html) : explained(result);
    $("panel-html").replaceChildren(content);
    for (const tab of tabs) tab.hidden = tab !== tabs[0] && !result.formats.includes(format(tab));
    $("bar").hidden = !result.html;
    select(tabs[0]);
    $("result").hidden = false;
    $("try").open = false;
    document.body.classList.add("answered");
    const root = content.shadowRoot ?? content;
    const answer = root.querySelector(".answer, h1 + p, p")?.textContent.trim() ?? "";
    say(result.count ? `${plural(result.count, "message")} analyzed.` : result.title, answer);
    reach($("result-heading"), focus);
  }

  function reach(heading, focus) {
    const { top, bottom } = heading.getBoundingClientRect();
    if (top < 0 || bottom > innerHeight - 100) $("result").scrollIntoView({ block: "start" });
    if (focus) heading.focus({ preventScroll: true });
  }

  function fill(list, lines = []) {
    list.hidden = !lines.length;
    list.replaceChildren(...lines.map((line) => element("li", line)));
  }

  // The document of the command line in a shadow root, where its styles and ids meet none of the page.
  function hosted(html) {
    const [start, end] = [html.indexOf("<style>"), html.indexOf("</style>")]; // in a parsed document it would violate the policy of the page
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(html.slice(start + 7, end).replace(/:root\b/g, ":host"));
    const parsed = new DOMParser().parseFromString(html.slice(0, start) + html.slice(end), "text/html");
    for (const each of parsed.querySelectorAll("script, .skip")) each.remove();
    for (const each of parsed.body.querySelectorAll("h1, h2, h3, h4")) each.setAttribute("aria-level", Number(each.localName[1]) + 2);
    for (const each of parsed.body.querySelectorAll("main, header")) {
      const plain = document.createElement("div");
      for (const { name, value } of each.attributes) plain.setAttribute(name, value);
      plain.append(...each.childNodes);
      each.replaceWith(plain);
    }
    const host = document.createElement("div");
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(...parsed.body.childNodes);
    root.addEventListener("click", follow);
    return host;
  }

  function follow(event) {
    const link = event.target.closest("a[href^='#']");
    if (!link) return;
    event.preventDefault();
    const target = link.getRootNode().getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    for (let each = target; each; each = each.parentElement) if (each.localName === "details") each.open = true;
    target.scrollIntoView();
    const focused = target.querySelector(":scope > summary") ?? target;
    if (focused === target) target.tabIndex = -1;
    focused.focus({ preventScroll: true });
  }

  function explained(result) {
    const view = document.createElement("div");
    view.append(element("p", result.title, { className: "answer" }));
    for (const { heading, facts } of result.parts ?? []) {
      const list = element("dl", "", { className: "facts" });
      for (const { label, lines } of facts) list.append(element("dt", label), ...lines.map((line) => element("dd", line)));
      view.append(element("h3", heading), list);
    }
    return view;
  }

  async function explain() {
    if (!$("question").value.trim()) return;
    try {
      const result = await call({ op: "explain", question: $("question").value });
      const view = explained(result);
      view.append(...(result.errors ?? []).map((line) => element("p", line)));
      const buttons = (result.suggestions ?? []).map((text) => element("button", text, { type: "button" }));
      view.append(...buttons);
      $("answer").replaceChildren(view);
    } catch (error) {
      if (error) $("answer").textContent = error.message;
    }
  }

  // Tabs, copies and files.

  const tabs = [...document.querySelectorAll("[role='tab']")];
  const NAMES = { html: "hopscope.html", json: "hopscope.json", markdown: "hopscope.md", redacted: "headers-redacted.txt" };
  const TYPES = { html: "text/html", json: "application/json", markdown: "text/markdown", redacted: "text/plain" };
  const format = (tab) => tab.id.slice(4);
  const selected = () => format(tabs.find((tab) => tab.getAttribute("aria-selected") === "true"));

  async function select(tab) {
    for (const each of tabs) {
      each.setAttribute("aria-selected", each === tab);
      each.tabIndex = each === tab ? 0 : -1;
    }
    const html = tab === tabs[0];
    $("panel-html").hidden = !html;
    $("panel-text").hidden = html;
    $("panel-text").setAttribute("aria-labelledby", tab.id);
    $("copy").hidden = html;
    $("save").textContent = html ? "Save as HTML" : "Save";
    if (html) return;
    $("text").textContent = "";
    $("text").textContent = await text(format(tab));
  }

  async function text(name) {
    const mine = shown;
    if (name === "html") return mine.result.html;
    if (mine.starts !== starts) {
      await call(mine.request); // a new worker does not have the last result
      mine.starts = starts;
    }
    mine.texts[name] ??= (await call({ op: "text", format: name })).text;
    return mine.texts[name];
  }

  async function copy() {
    const copied = await text(selected());
    try {
      await navigator.clipboard.writeText(copied);
      say("Copied.");
    } catch {
      getSelection().selectAllChildren($("text"));
      say(document.execCommand("copy") ? "Copied." : "Press Ctrl+C to copy the selected text.");
    }
  }

  async function save() {
    const name = selected();
    const address = URL.createObjectURL(new Blob([await text(name)], { type: `${TYPES[name]};charset=utf-8` }));
    element("a", "", { href: address, download: NAMES[name] }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }

  // Events.

  function wire(id, type, listener) {
    $(id).addEventListener(type, (event) => {
      event.preventDefault();
      listener(event);
    });
  }

  wire("analyze", "submit", () => analyze(true));
  wire("compare", "submit", compare);
  wire("explain", "submit", explain);
  wire("clear", "click", () => {
    latest += 1;
    put("headers", "");
    put("other", "");
    $("result").hidden = true;
    $("panel-html").replaceChildren();
    shown = null;
    say("");
    document.body.classList.remove("answered");
    $("headers").focus();
  });
  wire("cancel", "click", cancel);
  wire("copy", "click", copy);
  wire("save", "click", save);
  $("utc").addEventListener("change", () => shown?.request.op === "analyze" && analyze(false));
  $("generation").addEventListener("change", () => {
    $("other-message").hidden = $("generation").value !== "";
  });
  for (const name of Object.keys(sides)) {
    $(name).addEventListener("input", (event) => {
      if (sides[name].length) take(name, []);
      if (name === "headers" && /^insertFrom(Paste|Drop)/.test(event.inputType)) analyze(false);
    });
    $(`${name}-chooser`).addEventListener("change", (event) => {
      take(name, [...event.target.files]);
      event.target.value = ""; // so that the same file can be chosen again
      if (name === "headers" && sides.headers.length) analyze(true);
    });
  }
  for (const button of document.querySelectorAll("[data-choose]")) {
    button.addEventListener("click", () => $(`${button.dataset.choose}-chooser`).click());
  }
  for (const tab of tabs) tab.addEventListener("click", () => select(tab));
  for (const { title, text: sample } of JSON.parse($("samples").textContent || "[]")) {
    const button = element("button", title, { type: "button" });
    button.addEventListener("click", () => {
      put("headers", sample);
      analyze(true);
    });
    $("sample-list").append(button);
  }
  document.addEventListener("DOMContentLoaded", start); // the payload follows this script
})();
