"use strict";
// No header leaves this page: nothing is written to the address, the title, the history or the storage of the browser.
// Over 300 lines: the page has one script, whose hash is in its policy, and all parts share the state of the page.
(() => {
  const $ = (id) => document.getElementById(id);
  const element = (name, text, properties = {}) => Object.assign(document.createElement(name), { textContent: text }, properties);
  const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
  const bytes = (count) => (count < 1e6 ? `${Math.ceil(count / 1e3)} kB` : `${(count / 1e6).toFixed(1)} MB`);
  const EMPTY = "Paste headers or choose files first.";

  // The worker. Python runs in it, so that the page never freezes. Calls wait until it is ready.

  const calls = new Map();
  let script = ""; // the address of worker.js
  let worker = null;
  let ready = false;
  let failure = "";
  let held = null; // the request whose result the worker keeps for the other formats
  let ids = 0;

  function start() {
    const missing = ["Worker", "WebAssembly", "DecompressionStream"].find((name) => !(name in window));
    if (missing) return fail(`this browser does not support ${missing}`);
    worker?.terminate();
    ready = false;
    share = 0;
    held = null;
    script ||= URL.createObjectURL(new Blob([$("worker").textContent], { type: "text/javascript" }));
    const payload = {};
    for (const part of document.querySelectorAll("script[id^='payload-']")) payload[part.id.slice(8)] = part.textContent;
    worker = new Worker(script);
    worker.addEventListener("message", ({ data }) => receive(data));
    worker.addEventListener("error", (event) => (ready ? crash() : fail(event.message)));
    worker.postMessage({ payload });
    return busy();
  }

  function receive(data) {
    if (data.failed) fail(data.failed);
    else if (data.ready) loaded();
    else if (data.loading) loading(data.loading);
    else if (data.progress) progress(data);
    else settle(data);
  }

  function loading(part) {
    share = part;
    busy();
  }

  function loaded() {
    ready = true;
    for (const { message } of calls.values()) worker.postMessage(message);
    if (!calls.size && !$("status").textContent) say("Ready."); // not in place of the reason for which it was reloaded
    busy();
  }

  function settle({ id, result, error }) {
    const call = calls.get(id);
    calls.delete(id);
    if (error === undefined) call?.resolve(result);
    else {
      call?.reject(new Error(`hopscope failed with an internal error (${error}). Please report it, without the headers.`));
      start(); // after an internal error, Python may be in any state
    }
    busy();
  }

  function call(values) {
    return new Promise((resolve, reject) => {
      if (failure) return reject(new Error(failure));
      const message = { id: (ids += 1), ...values };
      calls.set(message.id, { message, resolve, reject });
      if (ready) worker.postMessage(message);
      return busy();
    });
  }

  // With null: the caller has nothing to report.
  function rejectAll() {
    for (const { reject } of calls.values()) reject(null);
    calls.clear();
  }

  function fail(reason) {
    worker?.terminate();
    worker = null;
    failure = `hopscope could not be loaded: ${reason || "unknown error"}. Use a current version of Chrome, Edge, Firefox or Safari, and a window in which WebAssembly is not blocked.`;
    rejectAll();
    busy();
    say(failure);
  }

  function crash() {
    rejectAll();
    start();
    say("hopscope crashed or ran out of memory, and is reloading. Try fewer or smaller files.");
  }

  // A new input ends the analysis of an earlier one, whose result would not be shown. One that has been running for a while
  // is ended with its worker, as loading Python again takes two seconds, and reading a large file may take a minute.
  function supersede() {
    for (const [id, { message, reject }] of calls) {
      if (message.op === "explain") continue; // sent again to the next worker
      calls.delete(id);
      reject(null);
    }
    if (ready && !$("work").hidden) start();
  }

  function cancel() {
    if (!calls.size) return;
    rejectAll();
    say("Canceled.");
    // The options are again those of the result that stays.
    if (!$("result").hidden) for (const name of Object.keys(OPTIONS)) $(name).checked = shown.request[name] ?? $(name).checked;
    if (ready) start();
    else busy();
  }

  // What the page says while Python loads or works.

  let timer = 0;
  let share = 0; // of the time until Python is ready

  function busy() {
    clearTimeout(timer);
    const waiting = calls.size > 0;
    $("result").setAttribute("aria-busy", waiting);
    $("cancel").hidden = !waiting;
    if (!ready && !failure) {
      const next = waiting ? "Your input will be analyzed when it has loaded." : "You can paste headers now.";
      work(share, `Loading Python: ${Math.round(share * 100)} %. ${next}`);
    } else if (waiting) timer = setTimeout(() => work(null, "Working"), 300); // most answers take less
    else $("work").hidden = true;
  }

  function work(part, sentence) {
    $("work").hidden = false;
    $("worked").textContent = sentence;
    if (part === null) $("progress").removeAttribute("value");
    else $("progress").value = part;
  }

  function progress({ id, progress: { messages, part } }) {
    if (!calls.has(id)) return;
    clearTimeout(timer);
    work(part, `${plural(messages, "message")} read`);
  }

  // An operation whose failure is a sentence.
  const reported = (operation) => async (...values) => {
    try {
      await operation(...values);
    } catch (error) {
      if (error) advise(error.message);
    }
  };

  function say(sentence, more = "") {
    $("status").textContent = sentence;
    if (more) $("status").append(element("span", ` ${more}`, { className: "for-reader" }));
  }

  // Say why nothing else happens, in view.
  function advise(sentence) {
    say(sentence);
    $("status").scrollIntoView({ block: "nearest" });
  }

  // The input: a text or files, of each side.

  const files = { headers: [], other: [] };
  const sent = {}; // the text of each box that was analyzed last
  const MAX_IN_BOX = 500_000; // characters: a text box with 10 million freezes for 9 seconds

  function input(name) {
    if (files[name].length) return { files: files[name] };
    return $(name).value.trim() ? { text: $(name).value } : null;
  }

  function put(name, text, chosen = []) {
    files[name] = chosen;
    sent[name] = "";
    $(name).value = text;
    listFiles(name);
    update();
  }

  const isIn = (name, side) => (side.files ?? files[name]) === files[name] && (side.text ?? "") === $(name).value;

  // Whether the input of a request is still the one in the page.
  function isCurrent({ left, right }) {
    if (!isIn("headers", left)) return false;
    return !right || ((right.generation ?? "") === $("generation").value && (right.generation || isIn("other", right)));
  }

  function listFiles(name) {
    const chosen = files[name];
    const names = chosen.slice(0, 5).map(({ name: file, size }) => `${file} (${bytes(size)})`).join(", ");
    $(`${name}-files`).hidden = !chosen.length;
    $(`${name}-files`).textContent = chosen.length < 2 ? names : `${chosen.length} files: ${names}${chosen.length > 5 ? " ..." : ""}`;
  }

  function take(name, text, chosen) {
    if (!text && !chosen.length) return undefined;
    if (text.length > MAX_IN_BOX) put(name, "", [new File([text], "Pasted text")]);
    else put(name, text, chosen);
    if (name === "headers") return analyze(true);
    compareWith("");
    return compareIfBoth();
  }

  // An Exchange generation; or, if empty, another message.
  function compareWith(generation) {
    $("generation").value = generation;
    $("other-message").hidden = generation !== "";
    document.querySelector("[data-choose='other']").hidden = generation !== "";
    update();
  }

  // Files, also of folders: as handles, or as entries where the browser has no handles (Chromium reads no entry on a local page).
  async function dropped({ items, files: plain }) {
    const ofFiles = [...items].filter(({ kind }) => kind === "file"); // a link or a picture is also text
    const entries = ofFiles.map((item) => item.webkitGetAsEntry?.());
    if (!entries.some((entry) => entry?.isDirectory)) return [...plain];
    const handles = ofFiles.map((item) => item.getAsFileSystemHandle?.());
    const chosen = await Promise.all(entries.map(async (entry, index) => within((await handles[index]) ?? entry, "")));
    return chosen.flat().sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  async function within(item, folder) {
    const path = folder + item.name;
    if (item.isFile || item.kind === "file") {
      const file = item.getFile ? await item.getFile() : await promised(item, "file");
      return [new File([file], path)]; // names repeat in folders
    }
    const inside = [];
    for await (const child of children(item)) inside.push(...(await within(child, `${path}/`)));
    return inside;
  }

  async function* children(folder) {
    if (folder.values) return yield* folder.values();
    const reader = folder.createReader();
    let entries;
    do {
      entries = await promised(reader, "readEntries"); // in parts; an empty one is the last
      yield* entries;
    } while (entries.length);
    return undefined;
  }

  const promised = (owner, method) => new Promise((resolve, reject) => owner[method](resolve, reject));

  // Operations.

  let requested = null; // the latest request
  let shown = null; // the result, its request, and its texts in other formats

  async function run(request, focus) {
    requested = request;
    supersede();
    sent.headers = request.left.text;
    if (request.right) sent.other = request.right.text;
    say("");
    try {
      const result = await call((held = request));
      if (request === requested && isCurrent(request)) show(result, request, focus);
    } catch (error) {
      if (!error || request !== requested) return;
      shown = null;
      update();
      advise(error.message);
    }
  }

  // The options of an analysis, and the kinds of results that each of them changes.
  const OPTIONS = { utc: ["messages"], attached: ["messages", "report"] };
  const options = () => Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, $(name).checked]));

  // A result is visible while its input is in the page, with the options that are chosen.
  function update() {
    const isVisible = shown !== null && isCurrent(shown.request);
    if (!isVisible && !$("result").hidden) say("");
    $("result").hidden = !isVisible;
    for (const [name, kinds] of Object.entries(OPTIONS)) $(name).disabled = isVisible && !kinds.includes(shown.result.kind);
    const isOther = (name) => !$(name).disabled && $(name).checked !== shown.request[name];
    if (isVisible && Object.keys(OPTIONS).some(isOther)) run({ ...shown.request, ...options() }, false);
  }

  function analyze(focus) {
    const left = input("headers");
    if (left) return run({ op: "analyze", left, ...options() }, focus);
    $("headers").focus();
    return advise(EMPTY);
  }

  function compare() {
    const left = input("headers");
    const generation = $("generation").value;
    const right = generation ? { generation } : input("other");
    if (left && right) return run({ op: "compare", left, right }, true);
    $(left ? "other" : "headers").focus();
    return advise(left ? "Paste the headers of the other message or choose its file first." : EMPTY);
  }

  const compareIfBoth = () => (input("headers") && input("other") ? compare() : undefined);

  async function explain(question) {
    $("answer").replaceChildren();
    if (!question.trim()) return $("question").focus();
    $("explanation").open = true;
    $("question").value = question;
    const result = await call({ op: "explain", question });
    if ($("question").value !== question) return undefined;
    const view = explained(result);
    view.prepend(...[...result.errors, ...result.notes].map((line) => element("p", line)));
    $("answer").replaceChildren(view);
    return say("", view.firstElementChild?.textContent);
  }

  function clear() {
    cancel();
    requested = held = shown = null;
    put("headers", "");
    put("other", "");
    compareWith("");
    $("question").value = "";
    $("answer").replaceChildren();
    $("panel-html").replaceChildren();
    $("text").textContent = "";
    $("try").open = true;
    document.body.classList.remove("answered");
    say("");
    $("headers").focus();
  }

  // Results.

  function show(result, request, focus) {
    const isSameKind = shown?.result.kind === result.kind;
    shown = { result, request, texts: {} };
    $("result-heading").textContent = result.html ? "Result" : result.title;
    for (const name of ["errors", "notes"]) {
      $(name).hidden = !result[name].length;
      $(name).replaceChildren(...result[name].map((line) => element("li", line)));
    }
    const view = result.html ? hosted(result.html) : explained(result);
    view.className = result.kind;
    $("panel-html").replaceChildren(view);
    for (const tab of tabs) tab.hidden = tab !== tabs[0] && !result.formats.includes(format(tab));
    $("bar").hidden = !result.html;
    reported(select)(isSameKind && !selected().hidden ? selected() : tabs[0]);
    update();
    $("try").open = false;
    document.body.classList.add("answered");
    const answer = (view.shadowRoot ?? view).querySelector(".outcome, .answer")?.textContent ?? "";
    const outcome = result.kind === "explanation" ? "Explained" : result.title;
    say(result.count ? `${plural(result.count, "message")}.` : `${outcome}.`, answer || result.errors[0]);
    const { top } = $("result-heading").getBoundingClientRect();
    if (top < 0 || top > innerHeight / 2) $("result").scrollIntoView();
    if (focus) $("result-heading").focus({ preventScroll: true });
  }

  // The document of the command line in a shadow root: its styles and ids are separate from those of the page.
  function hosted(html) {
    const [from, to] = [html.indexOf("<style>"), html.indexOf("</style>")];
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(html.slice(from + 7, to).replace(/:root\b/g, ":host"));
    // Without its style: the policy of the page also applies to the parsed document.
    const { body } = new DOMParser().parseFromString(html.slice(0, from) + html.slice(to), "text/html");
    for (const unused of body.querySelectorAll("script, .skip, .command-line")) unused.remove(); // the saved file has them
    for (const heading of body.querySelectorAll("h1, h2, h3, h4")) heading.setAttribute("aria-level", Number(heading.localName[1]) + 2);
    for (const landmark of body.querySelectorAll("main, header")) unmarked(landmark);
    for (const region of body.querySelectorAll("[role='region']")) region.setAttribute("role", "group"); // too many landmarks
    const host = document.createElement("div");
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(...body.childNodes);
    root.addEventListener("click", follow);
    searchable(root);
    return host;
  }

  // As the page has a main part and a header of its own.
  function unmarked(landmark) {
    const plain = document.createElement("div");
    for (const { name, value } of landmark.attributes) plain.setAttribute(name, value);
    plain.append(...landmark.childNodes);
    landmark.replaceWith(plain);
  }

  // Links within the result, without a change of the address.
  function follow(event) {
    const link = event.target.closest("a[href^='#']");
    if (!link) return;
    event.preventDefault();
    const root = link.getRootNode();
    const target = root.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    if (link.dataset.search || target.hidden) search(root, link.dataset.search ?? "");
    for (let node = target; node; node = node.parentElement) if (node.localName === "details") node.open = true;
    target.scrollIntoView();
    const focused = link.dataset.search ? root.getElementById("search") : (target.querySelector(":scope > summary") ?? target);
    if (focused === target) target.tabIndex = -1;
    focused.focus({ preventScroll: true });
  }

  // The search of a report, as in its script report.js, which works with the address and does not run here.
  function searchable(root) {
    const box = root.getElementById("search-box");
    if (!box) return;
    box.hidden = false;
    root.getElementById("search-help").textContent = "source, Message-ID, hosts, services, codes; all words must match";
    root.getElementById("search").addEventListener("input", (event) => search(root, event.target.value));
  }

  function search(root, text) {
    root.getElementById("search").value = text;
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const messages = [...root.querySelectorAll("details.message")];
    for (const message of messages) {
      const content = words.length ? message.textContent.toLowerCase() : "";
      message.hidden = !words.every((word) => content.includes(word));
    }
    const count = messages.filter((message) => !message.hidden).length;
    root.getElementById("found").textContent = words.length ? `${count} of ${plural(messages.length, "message")}` : "";
  }

  function explained({ parts, suggestions }) {
    const view = document.createElement("div");
    for (const [index, { heading, facts }] of parts.entries()) {
      const list = element("dl", "", { className: "facts" });
      for (const { label, lines } of facts) list.append(element("dt", label), ...lines.map(described));
      view.append(element("h3", heading, { className: index ? "" : "answer" }), list);
    }
    const buttons = suggestions.map((text) => element("button", text, { type: "button", onclick: reported(() => explain(text)) }));
    if (buttons.length) view.append(element("p", "Did you mean:"), element("p", "", { className: "controls" }));
    view.lastElementChild?.append(...buttons);
    return view;
  }

  // A line of a fact with its `code` and its links to sources; all else is text.
  function described(line) {
    const item = document.createElement("dd");
    const parts = line.split(/(`[^`]+`|https:\/\/[^\s`]*[^\s`.,;:)])/); // between the matches, text
    item.append(...parts.map((part, index) => {
      if (index % 2 === 0) return part;
      if (part.startsWith("`")) return element("code", part.slice(1, -1));
      return element("a", part, { href: part, target: "_blank", rel: "noreferrer noopener" });
    }));
    return item;
  }

  // Formats of the result: shown, copied, saved.

  const tabs = [...document.querySelectorAll("[role='tab']")];
  const format = (tab) => tab.id.slice(4);
  const selected = () => tabs.find((tab) => tab.getAttribute("aria-selected") === "true");
  const FILES = {
    html: ["hopscope-result.html", "text/html"],
    json: ["hopscope-result.json", "application/json"],
    markdown: ["hopscope-result.md", "text/markdown"],
    redacted: ["headers-redacted.txt", "text/plain"],
  };
  const MAX_IN_TAB = 200_000; // characters that a browser shows at once
  const REDACTED =
    "Host names, addresses, mailboxes and IDs are replaced with pseudonyms; the body, the subject and header fields that do not concern the path are removed. Read it before you send it.";

  async function select(tab) {
    for (const other of tabs) {
      other.setAttribute("aria-selected", other === tab);
      other.tabIndex = other === tab ? 0 : -1;
    }
    const html = tab === tabs[0];
    $("panel-html").hidden = !html;
    $("panel-text").hidden = html;
    $("panel-text").setAttribute("aria-labelledby", tab.id);
    $("copy").hidden = html;
    $("save").textContent = html ? "Save as HTML" : "Save";
    $("text").textContent = $("text-note").textContent = "";
    if (html) return;
    const { text, errors } = await content(format(tab));
    if (tab !== selected()) return;
    const cut = text.length > MAX_IN_TAB ? `Showing the first ${MAX_IN_TAB.toLocaleString("en")} of ${plural(text.length, "character")}; Copy and Save include all.` : "";
    $("text-note").textContent = [format(tab) === "redacted" ? REDACTED : "", ...errors, cut].filter(Boolean).join(" ");
    $("text").textContent = text.slice(0, MAX_IN_TAB);
  }

  async function content(name) {
    const { result, request, texts } = shown;
    if (name === "html") return { text: result.html };
    if (texts[name]) return texts[name];
    // Sent together, so that no other request comes between them.
    const again = held === request ? null : call((held = request));
    [, texts[name]] = await Promise.all([again, call({ op: "text", format: name })]);
    return texts[name];
  }

  async function copy() {
    const { text } = await content(format(selected()));
    try {
      await navigator.clipboard.writeText(text);
      copied();
    } catch { // the page is not from a secure origin, or the browser denies it
      const box = $("panel-text").appendChild(element("textarea", text));
      box.select();
      const isCopied = document.execCommand("copy");
      box.remove();
      $("copy").focus();
      if (isCopied) copied();
      else advise("The browser does not allow copying: use Save.");
    }
  }

  // On the button as well, as the status can be out of view.
  function copied() {
    say("Copied.");
    $("copy").textContent = "Copied";
    setTimeout(() => ($("copy").textContent = "Copy"), 2000);
  }

  async function save() {
    const name = format(selected());
    const { text } = await content(name);
    const [file, type] = FILES[name];
    const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
    element("a", "", { href: address, download: file }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000); // after the browser has read it
  }

  function move(event) {
    const visible = tabs.filter((tab) => !tab.hidden);
    const at = visible.indexOf(selected());
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const tab = visible.at(to % visible.length);
    tab.focus();
    tab.click();
  }

  // Events.

  const OPERATIONS = { analyze: () => analyze(true), compare, explain: () => explain($("question").value) };
  const BUTTONS = { clear, cancel, copy, save };
  for (const [id, operation] of Object.entries(OPERATIONS)) {
    $(id).addEventListener("submit", reported((event) => {
      event.preventDefault();
      return operation();
    }));
  }
  for (const [id, operation] of Object.entries(BUTTONS)) $(id).addEventListener("click", reported(operation));
  for (const tab of tabs) {
    tab.addEventListener("click", reported(() => {
      say(""); // what was copied is in another tab
      return select(tab);
    }));
    tab.addEventListener("keydown", move);
  }
  for (const name of Object.keys(OPTIONS)) $(name).addEventListener("change", update);
  $("generation").addEventListener("change", () => compareWith($("generation").value));

  for (const name of ["headers", "other"]) {
    const chooser = $(`${name}-chooser`);
    document.querySelector(`[data-choose='${name}']`).addEventListener("click", () => chooser.click());
    chooser.addEventListener("change", () => {
      take(name, "", [...chooser.files]);
      chooser.value = ""; // so that the same file can be chosen again
    });
    $(name).addEventListener("input", ({ inputType }) => {
      files[name] = [];
      listFiles(name);
      update();
      if (!/^insertFrom(?:Paste|Drop)/.test(inputType)) return;
      if (name === "headers") analyze(false);
      else compareIfBoth();
    });
  }

  // Whether a box has exactly what was analyzed, and no selection: what is pasted then is the next input, and not a part of it.
  const isDone = ({ id, value, selectionStart, selectionEnd }) => value && value === sent[id] && selectionStart === selectionEnd;

  // The text field of an event, also in a result, which has one in a report.
  const fieldOf = (event) => event.composedPath()[0].closest?.("textarea, input[type='text'], input[type='search']");

  document.addEventListener("paste", (event) => {
    const { clipboardData } = event;
    const field = fieldOf(event);
    const text = clipboardData.getData("text/plain");
    if (text && field && (text.length <= MAX_IN_BOX || field.localName === "input")) { // see "input" above
      if (isDone(field)) field.select(); // and not "take", so that it can be undone
      return;
    }
    event.preventDefault();
    take(field?.id === "other" ? "other" : "headers", text, text ? [] : [...clipboardData.files]);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") cancel();
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.target.localName !== "textarea") return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });

  let isOwn = false; // whether what is dragged is a part of this page
  document.addEventListener("dragstart", () => (isOwn = true));
  document.addEventListener("dragend", () => (isOwn = false));
  const hasFiles = (event) => event.dataTransfer.types.includes("Files");
  const isTaken = (event) => !isOwn && (hasFiles(event) || !fieldOf(event) || isDone(fieldOf(event)));
  for (const type of ["dragenter", "dragover"]) {
    document.addEventListener(type, (event) => {
      $("drop").hidden = !isTaken(event);
      if (!isTaken(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) $("drop").hidden = true;
  });
  document.addEventListener("drop", reported(async (event) => {
    $("drop").hidden = true;
    if (!isTaken(event)) return;
    event.preventDefault();
    const name = event.target.closest?.("#comparison") ? "other" : "headers";
    const text = hasFiles(event) ? "" : event.dataTransfer.getData("text/plain");
    take(name, text, await dropped(event.dataTransfer));
  }));

  for (const { title, text } of JSON.parse($("samples").textContent)) {
    const button = element("button", title, { type: "button" });
    button.addEventListener("click", () => take("headers", text, []));
    $("sample-list").append(button);
  }
  $("try").hidden = false;
  busy();
  document.addEventListener("DOMContentLoaded", start); // the payload follows this script
})();
