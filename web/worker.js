"use strict";

// Loads Python and answers the page. The page sends {payload: {NAME: base64 of gzip}} first, then {id, op, ...}.
// No request leaves this worker: the policy of the page refuses them all, and Pyodide's own are answered here.

const LOCK = @LOCK@;
const ADDRESS = "https://hopscope.invalid/"; // no such host exists; see fetch below
const PROGRESS_MS = 100;
const EIO = 29; // of Python in WebAssembly
const SHARES = { received: 0.03, inflated: 0.14, compiled: 0.4, started: 0.84 }; // of the time until it is ready, measured

let respond = null;
let FS = null; // Pyodide's file system
const loading = (step) => postMessage({ loading: SHARES[step] });

function bytes(base64) {
  return Uint8Array.fromBase64 ? Uint8Array.fromBase64(base64) : Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

function inflated(base64) {
  return new Response(new Blob([bytes(base64)]).stream().pipeThrough(new DecompressionStream("gzip")));
}

function imported(script) {
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  return import(address).finally(() => URL.revokeObjectURL(address));
}

// The files of an uncompressed ZIP archive, as [name, bytes].
function* unpacked(buffer) {
  const view = new DataView(buffer);
  for (let at = 0; view.getUint32(at, true) === 0x04034b50; ) {
    const size = view.getUint32(at + 18, true);
    const name = at + 30;
    const data = name + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
    yield [new TextDecoder().decode(new Uint8Array(buffer, name, view.getUint16(at + 26, true))), new Uint8Array(buffer, data, size)];
    at = data + size;
  }
}

async function load(payload) {
  loading("received");
  const [loader, main, python, site] = await Promise.all([
    inflated(payload.loader).text(),
    inflated(payload.main).text(),
    inflated(payload.python).arrayBuffer(),
    inflated(payload.site).arrayBuffer(),
  ]);
  loading("inflated");
  self.fetch = async (address) => {
    if (String(address) === `${ADDRESS}pyodide.asm.wasm`) { // compiled while it is inflated
      return new Response(inflated(payload.wasm).body, { headers: { "Content-Type": "application/wasm" } });
    }
    if (String(address) === `${ADDRESS}python.zip`) return new Response(python);
    throw new TypeError("hopscope does not use the network");
  };
  // Pyodide calls importScripts with a data: address to detect a classic worker; the policy of the page would report a violation.
  self.importScripts = () => {
    throw new TypeError("hopscope does not use the network");
  };
  self.XMLHttpRequest = self.WebSocket = self.EventSource = undefined;
  const [{ loadPyodide }, { default: createPyodideModule }] = await Promise.all([imported(loader), imported(main)]);
  const pyodide = await loadPyodide({
    indexURL: ADDRESS,
    stdLibURL: `${ADDRESS}python.zip`,
    lockFileContents: LOCK,
    checkAPIVersion: false,
    createPyodideModule,
    fsInit: async (fileSystem, { sitePackages }) => {
      loading("compiled");
      FS = fileSystem;
      for (const [name, data] of unpacked(site)) {
        const path = `${sitePackages}/${name}`;
        FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
        FS.writeFile(path, data);
      }
    },
  });
  loading("started");
  reportUnreadable(FS.filesystems.WORKERFS.stream_ops);
  const engine = pyodide.pyimport("engine").Engine();
  respond = (request, progress) => JSON.parse(engine.respond(JSON.stringify(request), progress));
}

// A file that was changed or deleted after it was chosen: an error of this file in Python as well, and not the end of Python.
function reportUnreadable(operations) {
  const { read } = operations;
  operations.read = (...values) => {
    try {
      return read(...values);
    } catch {
      throw new FS.ErrnoError(EIO);
    }
  };
}

const sidesWithFiles = (request) => ["left", "right"].filter((side) => request[side]?.files);

// The same request with paths instead of files; each side of a comparison has a folder of its own.
function mounted(request) {
  const result = { ...request };
  for (const side of sidesWithFiles(request)) {
    const { files } = request[side];
    const folder = `/input/${side}`;
    const stored = respond({ op: "mounted", names: files.map((file) => file.webkitRelativePath || file.name) });
    // Read on demand, so that a large file is not copied into memory.
    FS.mkdirTree(folder);
    FS.mount(FS.filesystems.WORKERFS, { blobs: files.map((data, index) => ({ name: stored.files[index], data })) }, folder);
    result[side] = { paths: stored.paths, folder };
  }
  return result;
}

function unmount(request) {
  FS.chdir("/");
  for (const side of sidesWithFiles(request)) FS.unmount(`/input/${side}`);
}

function answer({ id, ...request }) {
  let last = 0;
  const progress = (messages, part) => {
    if (performance.now() - last < PROGRESS_MS) return;
    last = performance.now();
    postMessage({ id, progress: { messages, part: part ?? null } });
  };
  try {
    const result = respond(mounted(request), progress);
    unmount(request);
    postMessage({ id, result });
  } catch (error) {
    postMessage({ id, error: lastLine(error) }); // the page ends this worker
  }
}

// The last line of a traceback says what happened.
function lastLine(error) {
  return String(error?.message ?? error).trim().split("\n").pop();
}

// The page sends no request before Python is ready.
onmessage = async ({ data }) => {
  if (!data.payload) return answer(data);
  try {
    await load(data.payload);
    postMessage({ ready: true });
    respond({ op: "prepare" }); // imports what the first answer needs, before a request is read
  } catch (error) {
    postMessage({ failed: lastLine(error) });
  }
  return undefined;
};
